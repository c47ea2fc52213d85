"""Taking versions elsewhere: a file or another store, every byte verified."""

from pathlib import Path

import pytest

from modelet.errors import CorruptObject, ModelNotFound, VersionNotFound
from modelet.registry.blobs import blob_key, read_blob
from modelet.registry.changing import delete, promote
from modelet.registry.copying import copy, pull
from modelet.registry.publishing import publish
from modelet.registry.reading import current_aliases, list_versions, load_manifest, read_manifest
from modelet.store import open_store
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, draft_of, publish_bytes, snapshot, source_of, with_blob

DAMAGES = {"truncated": b"on", "swapped": b"eno", "longer": b"one more", "empty": b""}


def damage(store: Store, how: str) -> None:
    key = blob_key("m", artifact_of(b"one").sha256)
    if how == "missing":
        store.delete(key)
    else:
        store.put(key, [DAMAGES[how]])


def test_a_pulled_file_is_the_artifact(store: Store, tmp_path: Path) -> None:
    manifest = publish_bytes(store, "m", b"one")
    moved: list[int] = []

    pull(store, manifest, tmp_path / "m.onnx", moved.append)

    assert (tmp_path / "m.onnx").read_bytes() == b"one"
    assert sum(moved) == 3


def test_a_pull_replaces_a_file_only_when_it_is_whole(store: Store, tmp_path: Path) -> None:
    manifest = publish_bytes(store, "m", b"one")
    path = tmp_path / "m.onnx"
    path.write_bytes(b"mine")

    pull(store, manifest, path)
    assert path.read_bytes() == b"one"

    path.write_bytes(b"mine")
    damage(store, "truncated")
    with pytest.raises(CorruptObject):
        pull(store, manifest, path)
    assert path.read_bytes() == b"mine"


def test_the_weights_that_an_artifact_names_are_pulled_before_it(store: Store, tmp_path: Path) -> None:
    draft = with_blob(draft_of("m", b"one"), "weights", b"many")
    manifest = publish(store, draft, {artifact_of(data).sha256: source_of(data) for data in (b"one", b"many")})
    moved: list[int] = []

    pull(store, manifest, tmp_path / "m.onnx", moved.append)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == {
        "m.onnx": b"one",
        "model.onnx.data": b"many",
    }
    assert moved == [4, 3]

    (tmp_path / "m.onnx").unlink()
    store.delete(blob_key("m", artifact_of(b"many").sha256))
    with pytest.raises(CorruptObject, match=artifact_of(b"many").sha256):
        pull(store, manifest, tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize("how", [*DAMAGES, "missing"])
def test_a_damaged_artifact_is_named_by_its_digest_and_leaves_no_file(store: Store, tmp_path: Path, how: str) -> None:
    manifest = publish_bytes(store, "m", b"one")
    damage(store, how)

    with pytest.raises(CorruptObject, match=manifest.artifact.sha256):
        pull(store, manifest, tmp_path / "m.onnx")
    with pytest.raises(CorruptObject, match=manifest.artifact.sha256):
        read_blob(store, "m", manifest.artifact)
    assert list(tmp_path.glob("*.onnx")) == []
    assert list(tmp_path.glob(".*.part")) == []


@pytest.mark.parametrize("to", ["memory", "folder"])
def test_a_copy_keeps_digests_and_names_its_origin(store: Store, tmp_path: Path, to: str) -> None:
    draft = with_blob(draft_of("m", b"one", lineage={"seed": 7}, metrics={"f1": 0.5}), "report", b"a report")
    sources = {artifact_of(data).sha256: source_of(data) for data in (b"one", b"a report")}
    original = publish(store, draft, sources)
    target = open_store(f"memory://{tmp_path}" if to == "memory" else f"file://{tmp_path}/production")

    copied = copy(store, "m", 1, target)

    assert (copied.artifact, copied.blobs, copied.metrics) == (original.artifact, original.blobs, original.metrics)
    assert copied.lineage == {
        "seed": 7,
        "copied_from": {"store": store.url, "model": "m", "version": 1, "manifest": load_manifest(store, "m", 1)[1]},
    }
    assert read_manifest(target, "m", 1) == copied
    assert snapshot(target, "models/m/blobs/") == snapshot(store, "models/m/blobs/")


def test_a_copy_takes_the_next_number_and_promotes_nothing(store: Store, tmp_path: Path) -> None:
    target = open_store(f"file://{tmp_path}/production")
    publish_bytes(target, "m", b"already there")
    publish_bytes(store, "m", b"one")

    assert copy(store, "m", 1, target).version == 2
    assert [t.version for t in current_aliases(target, "m").aliases.alias("live").targets] == [1]


@pytest.mark.parametrize("how", [*DAMAGES, "missing"])
def test_a_damaged_version_is_not_copied(store: Store, tmp_path: Path, how: str) -> None:
    publish_bytes(store, "m", b"one")
    damage(store, how)
    target = open_store(f"file://{tmp_path}/production")

    with pytest.raises(CorruptObject, match=artifact_of(b"one").sha256):
        copy(store, "m", 1, target)
    assert snapshot(target) == {}


def test_a_copy_goes_on_where_an_earlier_one_was_interrupted(store: Store, tmp_path: Path) -> None:
    draft = with_blob(draft_of("m", b"one"), "report", b"a report")
    publish(store, draft, {artifact_of(data).sha256: source_of(data) for data in (b"one", b"a report")})
    target = open_store(f"file://{tmp_path}/production")

    class Interrupt:
        moved = 0

        def __call__(self, count: int) -> None:
            self.moved += count
            if self.moved > 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy(store, "m", 1, target, Interrupt())
    assert list_versions(target, "m") == []

    moved: list[int] = []
    copy(store, "m", 1, target, moved.append)
    assert sum(moved) == len(b"a report")
    assert list_versions(target, "m") == [1]


def test_what_was_deleted_or_never_was_is_not_copied(store: Store, tmp_path: Path) -> None:
    target = open_store(f"file://{tmp_path}/production")
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    promote(store, "m", 2)
    delete(store, "m", 1, "bad")

    with pytest.raises(VersionNotFound, match="was deleted"):
        copy(store, "m", 1, target)
    with pytest.raises(VersionNotFound, match="has no version 3"):
        copy(store, "m", 3, target)
    with pytest.raises(ModelNotFound):
        copy(store, "n", 1, target)
    assert snapshot(target) == {}
