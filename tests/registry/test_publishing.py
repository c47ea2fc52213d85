"""A publish is whole or has not happened: whatever interrupts it, no version and no alias is changed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from modelet.errors import CorruptObject, InvalidRequest, StoreUnavailable
from modelet.registry.publishing import publish
from modelet.registry.reading import current_aliases, list_models, list_versions, read_manifest
from modelet.store import open_store
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, draft_of, failing_source, publish_bytes, snapshot, source_of, with_blob

PUBLISHING = """
import sys, time
from modelet.manifest import Artifact
from modelet.store import open_store
from tests.registry.drafts import draft_of
from modelet.registry.publishing import publish

def slowly():
    for _ in range(3):
        yield bytes(9 * 1024 * 1024)
        print("uploading", flush=True)
    time.sleep(60)

draft = draft_of("m", b"")._replace(artifact=Artifact("0" * 64, 1 << 30))
publish(open_store(sys.argv[1]), draft, {"0" * 64: slowly})
"""


def test_a_published_manifest_is_what_was_drafted_and_what_the_registry_adds(store: Store) -> None:
    draft = draft_of("m", b"one", description="the first", metrics={"accuracy": 0.5}, lineage={"seed": 7})

    published = publish(store, draft, {draft.artifact.sha256: source_of(b"one")})

    assert read_manifest(store, "m", 1) == published
    assert (published.version, published.description, published.lineage) == (1, "the first", {"seed": 7})
    assert len(published.operation) == 24
    assert published.created.endswith("Z")


def test_blobs_are_uploaded_once_and_shared(store: Store) -> None:
    opened: list[str] = []

    def source() -> list[bytes]:
        opened.append("opened")
        return [b"same"]

    for _ in range(2):
        publish(store, draft_of("m", b"same"), {artifact_of(b"same").sha256: source})

    assert opened == ["opened"]
    assert len(snapshot(store, "models/m/blobs/")) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError("the disk is gone"), SystemExit(1)])
def test_an_interrupted_upload_changes_no_version_and_no_alias(store: Store, error: BaseException) -> None:
    publish_bytes(store, "m", b"one")
    before = snapshot(store, "models/m/versions/"), current_aliases(store, "m")
    draft = with_blob(draft_of("m", b"two"), "report", b"report")
    sources = {
        artifact_of(b"two").sha256: source_of(b"two"),
        artifact_of(b"report").sha256: failing_source(error, b"rep"),
    }

    with pytest.raises((type(error), StoreUnavailable)):
        publish(store, draft, sources)

    assert (snapshot(store, "models/m/versions/"), current_aliases(store, "m")) == before
    assert artifact_of(b"report").sha256 not in str(list(snapshot(store)))
    assert publish_bytes(store, "m", b"two").version == 2


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_a_real_ctrl_c_during_an_upload_leaves_no_model(
    kind: str, tmp_path: Path, s3_url: str, s3_env: dict[str, str]
) -> None:
    url = f"file://{tmp_path}/store" if kind == "folder" else s3_url
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHING, url],
        env={**s3_env, "PYTHONPATH": ":".join(path for path in sys.path if path)},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(3)] == [b"uploading\n"] * 3
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)

    assert b"KeyboardInterrupt" in stderr
    store = open_store(url, s3_env)
    assert list_models(store) == []
    assert list(store.scan("")) == []


def test_bytes_that_are_not_what_the_draft_names_are_never_written(store: Store) -> None:
    for wrong in (b"tow", b"tw", b"", b"two and more"):
        with pytest.raises(CorruptObject, match="cannot be written"):
            publish(store, draft_of("m", b"two"), {artifact_of(b"two").sha256: source_of(wrong)})

    assert snapshot(store) == {}


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"metrics": {"loss": float("nan")}}, "metrics: loss must be a number"),
        ({"limits": {"load_ms": float("inf")}}, "limits: load_ms must be a number"),
        ({"description": "\udc80"}, "cannot be written as JSON"),
        ({"lineage": {"seed": 2**70}}, "cannot be written as JSON"),
        ({"licence": 3}, "licence must be text"),
    ],
)
def test_a_draft_that_could_not_be_read_back_is_refused_before_anything_is_written(
    store: Store, fields: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        publish_bytes(store, "m", b"one", **fields)

    assert snapshot(store) == {}


def test_a_number_taken_by_something_unreadable_is_passed_over(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    store.put("models/m/versions/2.json", [b"not a manifest"])

    assert publish_bytes(store, "m", b"three").version == 3
    assert list_versions(store, "m") == [1, 2, 3]
    with pytest.raises(CorruptObject, match=r"versions/2\.json is not JSON"):
        read_manifest(store, "m", 2)


def test_a_manifest_in_the_wrong_place_is_corrupt(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    stolen = store.get("models/m/versions/1.json")
    assert stolen is not None

    store.put("models/n/versions/1.json", [stolen.data])
    store.put("models/m/versions/2.json", [stolen.data])

    with pytest.raises(CorruptObject, match=r"models/n/versions/1\.json .* describes 'm' version 1"):
        read_manifest(store, "n", 1)
    with pytest.raises(CorruptObject, match="describes 'm' version 1"):
        read_manifest(store, "m", 2)
    with pytest.raises(CorruptObject, match="must have sha256:00"):
        read_manifest(store, "m", 1, "00")
