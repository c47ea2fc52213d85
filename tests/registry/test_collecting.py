"""Collecting what nothing names, and never what anything names or is about to name."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from modelet.errors import CorruptObject, UnknownSchema
from modelet.registry.blobs import GRACE_SECONDS, blob_key, read_blob
from modelet.registry.changing import delete
from modelet.registry.collecting import Garbage, collect, find_garbage
from modelet.registry.publishing import publish
from modelet.registry.reading import read_manifest
from modelet.store import open_store
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, draft_of, publish_bytes, snapshot, source_of, with_blob
from tests.registry.faulty_store import FaultyStore

HOUR = 3600.0


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    """A store whose objects can be made to look old."""
    return open_store(f"file://{tmp_path}/store")


def orphan(store: Store, data: bytes) -> Garbage:
    store.put(blob_key("m", artifact_of(data).sha256), [data])
    return Garbage("m", artifact_of(data).sha256, len(data))


def age(tmp_path: Path, data: bytes, seconds: float) -> None:
    path = tmp_path / "store" / blob_key("m", artifact_of(data).sha256)
    os.utime(path, (time.time() - seconds,) * 2)


def test_only_what_nothing_names_is_garbage(store: Store) -> None:
    draft = with_blob(draft_of("m", b"one"), "report", b"a report")
    publish(store, draft, {artifact_of(data).sha256: source_of(data) for data in (b"one", b"a report")})
    lost = orphan(store, b"lost")

    assert find_garbage(store, 0) == [lost]
    assert collect(store, lost, 0)
    assert find_garbage(store, 0) == []
    assert read_blob(store, "m", artifact_of(b"one")) == b"one"


def test_blobs_of_deleted_versions_are_garbage_unless_another_version_shares_them(store: Store) -> None:
    for data in (b"live", b"shared", b"shared", b"bad"):
        publish_bytes(store, "m", data)
    delete(store, "m", 2, "bad")
    delete(store, "m", 4, "bad")

    assert [garbage.digest for garbage in find_garbage(store, 0)] == [artifact_of(b"bad").sha256]


def test_what_is_young_is_left_alone(folder: Store, tmp_path: Path) -> None:
    lost = orphan(folder, b"lost")

    assert find_garbage(folder) == []
    assert not collect(folder, lost)
    age(tmp_path, b"lost", GRACE_SECONDS - HOUR)
    assert find_garbage(folder) == []
    age(tmp_path, b"lost", GRACE_SECONDS + HOUR)
    assert find_garbage(folder) == [lost]
    assert collect(folder, lost)
    assert not collect(folder, lost)


def test_what_was_named_since_it_was_found_is_kept(store: Store) -> None:
    orphan(store, b"one")
    (found,) = find_garbage(store, 0)

    publish_bytes(store, "m", b"one")

    assert not collect(store, found, 0)
    assert read_blob(store, "m", artifact_of(b"one")) == b"one"


def test_an_old_blob_is_written_again_by_a_publish_so_that_its_grace_begins_anew(folder: Store, tmp_path: Path) -> None:
    orphan(folder, b"one")
    age(tmp_path, b"one", 2 * GRACE_SECONDS)
    (found,) = find_garbage(folder)

    class Between(FaultyStore):
        collected: bool | None = None

        def put_if_absent(self, key: str, data: bytes) -> str:
            self.collected = collect(folder, found)  # the blob is uploaded, its manifest is not yet written
            return super().put_if_absent(key, data)

    between = Between(folder)
    publish_bytes(between, "m", b"one")

    assert between.collected is False
    assert read_blob(folder, "m", artifact_of(b"one")) == b"one"


def test_a_collection_that_slips_in_before_the_manifest_is_mended_by_the_publish(store: Store) -> None:
    class Slipping(FaultyStore):
        def put_if_absent(self, key: str, data: bytes) -> str:
            self.real.delete(blob_key("m", artifact_of(b"one").sha256))
            return super().put_if_absent(key, data)

    publish_bytes(Slipping(store), "m", b"one")

    assert read_blob(store, "m", artifact_of(b"one")) == b"one"


def test_nothing_is_collected_from_what_cannot_be_understood(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    orphan(store, b"lost")
    before = snapshot(store, "models/m/blobs/")

    store.put("models/m/versions/2.json", [b'{"schema": 99}'])
    with pytest.raises(UnknownSchema):
        find_garbage(store, 0)
    store.put("models/m/versions/2.json", [b"{"])
    with pytest.raises(CorruptObject):
        find_garbage(store, 0)
    assert snapshot(store, "models/m/blobs/") == before


def test_models_do_not_share_blobs(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "n", b"one")
    publish_bytes(store, "n", b"two")
    delete(store, "n", 2, "bad")

    found = find_garbage(store, 0)

    assert [(garbage.model, garbage.digest) for garbage in found] == [("n", artifact_of(b"two").sha256)]
    assert [collect(store, garbage, 0) for garbage in found] == [True]
    assert read_manifest(store, "n", 2).artifact == artifact_of(b"two")


def test_a_large_blob_is_uploaded_in_pieces_and_comes_back_verified(store: Store) -> None:
    block = bytes(range(256)) * 4096
    data = block * 20

    def pieces() -> Iterable[bytes]:
        return (block for _ in range(20))

    publish(store, draft_of("m", data), {artifact_of(data).sha256: pieces})

    assert read_blob(store, "m", artifact_of(data)) == data
