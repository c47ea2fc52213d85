"""Variants in the life of a registry: published with a version or found later, promoted, collected, copied."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modelet.errors import CorruptObject, UnknownSchema
from modelet.manifest import Variant
from modelet.manifest.variant import Variants
from modelet.registry.aliases import Target
from modelet.registry.blobs import blob_key, read_blob
from modelet.registry.changing import announce, delete, promote, rollback, split
from modelet.registry.collecting import collect, find_garbage
from modelet.registry.copying import copy
from modelet.registry.keys import aliases_key, version_key
from modelet.registry.reading import current_aliases, read_manifest
from modelet.registry.recording import list_variants
from modelet.registry.variants import read_record, record_key, records_prefix
from modelet.store import open_store
from modelet.store.base import Entry, Store, Stored
from tests.registry.drafts import artifact_of, publish_bytes, snapshot
from tests.registry.faulty_store import FaultyStore
from tests.registry.variants import derive_later, publish_with

ONE, TWO = artifact_of(b"one").sha256, artifact_of(b"two").sha256


def targets(store: Store, alias: str = "live") -> tuple[Target, ...]:
    return current_aliases(store, "m").aliases.alias(alias).targets


def live(store: Store) -> dict[int, Variants]:
    """The variants that a cold start is told of, by version."""
    return {target.version: target.variants for target in targets(store)}


def actions(store: Store) -> list[str]:
    return [event.action for event in current_aliases(store, "m").aliases.history]


def tell(store: Store, artifact: str, variants: Variants, *, always: bool = False) -> None:
    announce(store, "m", artifact, variants, always=always)


def test_a_version_is_published_with_its_variants_and_its_manifest_comes_last(store: Store) -> None:
    written: list[str] = []

    class Ordered(FaultyStore):
        def put_if_absent(self, key: str, data: bytes) -> str:
            written.append(key)
            assert read_blob(self.real, "m", artifact_of(b"one")) == b"one"
            assert read_blob(self.real, "m", artifact_of(b"one, ready")) == b"one, ready"
            return super().put_if_absent(key, data)

    manifest = publish_with(Ordered(store), b"one", b"one, ready")

    (variant,) = manifest.variants
    assert written == [record_key("m", ONE, variant.fits), version_key("m", 1)]
    assert read_manifest(store, "m", 1) == manifest
    assert read_record(store, "m", ONE, variant).artifact == manifest.artifact
    assert manifest.named() == {ONE, variant.blob.sha256}


def test_a_collection_that_slips_in_before_the_manifest_is_mended_by_the_publish(store: Store) -> None:
    ready = artifact_of(b"one, ready")

    class Slipping(FaultyStore):
        def put_if_absent(self, key: str, data: bytes) -> str:
            if key == version_key("m", 1):
                self.real.delete(blob_key("m", ready.sha256))
            return super().put_if_absent(key, data)

    publish_with(Slipping(store), b"one", b"one, ready")

    assert read_blob(store, "m", ready) == b"one, ready"


def test_an_alias_tells_a_cold_start_of_the_variants(store: Store) -> None:
    first = publish_with(store, b"one", b"one, ready").variants
    second = publish_with(store, b"two", b"two, ready").variants

    assert live(store) == {1: first}
    promote(store, "m", 2)
    assert live(store) == {2: second}
    split(store, "m", {1: 1, 2: 1})
    assert live(store) == {1: first, 2: second}


def test_promoting_finds_what_was_derived_later(store: Store) -> None:
    (published,) = publish_with(store, b"one", b"one, ready").variants
    (later,) = derive_later(store, b"one", b"one, ready for another", runtime="1.33.0")

    promote(store, "m", 1)

    assert live(store) == {1: (published, later)}


def test_promoting_needs_one_listing_and_reads_no_record_that_the_manifest_names(store: Store) -> None:
    publish_with(store, b"one", b"one, ready")

    looked: list[str] = []

    class Watched(FaultyStore):
        def get(self, key: str, unless: str | None = None) -> Stored | None:
            looked.append(f"get {key}")
            return super().get(key, unless)

        def scan(self, prefix: str) -> Iterator[Entry]:
            looked.append(f"scan {prefix}")
            return super().scan(prefix)

    promote(Watched(store), "m", 1, "canary")

    assert [line for line in looked if "/variants/" in line] == [f"scan {records_prefix('m', ONE)}"]


def test_a_variant_found_later_is_told_to_every_target_of_its_artifact(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    publish_bytes(store, "m", b"one")
    split(store, "m", {1: 1, 2: 1})
    promote(store, "m", 3, "canary")
    found = derive_later(store, b"one", b"one, ready")

    tell(store, ONE, found)

    assert live(store) == {1: found, 2: ()}
    assert [target.variants for target in targets(store, "canary")] == [found]
    assert actions(store) == ["promote live", "promote canary", "derive"]


def test_telling_twice_changes_nothing(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    found = derive_later(store, b"one", b"one, ready")
    tell(store, ONE, found)
    before = store.get(aliases_key("m"))

    tell(store, ONE, found)

    assert store.get(aliases_key("m")) == before


def test_a_rollback_leads_to_what_was_derived_meanwhile(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    promote(store, "m", 2)
    found = derive_later(store, b"one", b"one, ready")

    tell(store, ONE, found)
    rollback(store, "m")

    assert live(store) == {1: found}


def test_promoting_the_same_again_learns_of_variants_and_a_rollback_still_undoes_the_last_real_change(
    store: Store,
) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    promote(store, "m", 2)
    found = derive_later(store, b"two", b"two, ready")

    promote(store, "m", 2)

    assert live(store) == {2: found}
    rollback(store, "m")
    assert list(live(store)) == [1]


def test_a_variant_that_is_derived_while_its_version_is_promoted_is_not_lost(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    promote(store, "m", 1)
    derived: list[Variant] = []

    class Meanwhile(FaultyStore):
        def put_if_match(self, key: str, data: bytes, etag: str) -> str:
            if not derived:  # the promotion has listed the records already
                derived.extend(derive_later(store, b"two", b"two, ready"))
                tell(store, TWO, tuple(derived), always=True)
            return super().put_if_match(key, data, etag)

    promote(Meanwhile(store), "m", 2)

    assert live(store) == {2: tuple(derived)}


def test_many_derive_and_promote_at_once_and_nothing_is_lost(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    runtimes = [f"1.{minor}.0" for minor in range(30, 36)]

    def derive(runtime: str) -> None:
        tell(store, TWO, derive_later(store, b"two", b"two, ready", runtime=runtime), always=True)

    def lead_to(version: int) -> None:
        promote(store, "m", version)

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(derive, runtime) for runtime in runtimes]
        work += [pool.submit(lead_to, version) for version in (1, 2, 1, 2)]
        for done in work:
            done.result()
    promote(store, "m", 2)

    assert [variant.runtime for variant in sorted(live(store)[2], key=lambda v: v.fits)] == runtimes
    assert actions(store).count("derive") == len(runtimes)


def test_collecting_keeps_what_a_record_of_a_live_artifact_names(store: Store) -> None:
    publish_with(store, b"one", b"one, ready")
    publish_with(store, b"two", b"two, ready")
    (later,) = derive_later(store, b"one", b"one, ready for another", runtime="1.33.0")

    assert find_garbage(store, 0) == []
    promote(store, "m", 2)
    delete(store, "m", 1, "bad")
    found = find_garbage(store, 0)

    names = (b"one", b"one, ready", b"one, ready for another")
    assert {garbage.digest for garbage in found} == {artifact_of(data).sha256 for data in names}
    assert all(collect(store, garbage, 0) for garbage in found)
    assert read_blob(store, "m", artifact_of(b"two, ready")) == b"two, ready"
    with pytest.raises(CorruptObject):
        read_blob(store, "m", later.blob)


def test_nothing_is_collected_while_a_record_cannot_be_understood(store: Store) -> None:
    publish_with(store, b"one", b"one, ready")
    store.put(blob_key("m", artifact_of(b"of newer code").sha256), [b"of newer code"])
    store.put(record_key("m", ONE, ("2.0", "x86_64", "latency")), [b'{"schema": 99}'])

    with pytest.raises(UnknownSchema):
        find_garbage(store, 0)


def test_a_version_published_again_after_its_blobs_were_collected_has_its_variant(store: Store) -> None:
    first = publish_with(store, b"one", b"one, ready")
    publish_bytes(store, "m", b"two")
    promote(store, "m", 2)
    delete(store, "m", 1, "bad")
    assert all(collect(store, garbage, 0) for garbage in find_garbage(store, 0))

    again = publish_with(store, b"one", b"one, ready")

    assert again.variants == first.variants
    assert read_blob(store, "m", again.variants[0].blob) == b"one, ready"


def test_a_variant_that_was_collected_is_not_promoted_with_a_later_version_of_its_artifact(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    derive_later(store, b"one", b"one, ready")
    promote(store, "m", 2)
    delete(store, "m", 1, "bad")
    assert all(collect(store, garbage, 0) for garbage in find_garbage(store, 0))
    publish_bytes(store, "m", b"one")

    promote(store, "m", 3)
    assert live(store) == {3: ()}

    found = derive_later(store, b"one", b"one, ready")
    promote(store, "m", 3)
    assert live(store) == {3: found}


def test_a_copy_takes_the_variants_along_those_too_that_were_derived_later(store: Store, tmp_path: Path) -> None:
    publish_with(store, b"one", b"one, ready")
    derive_later(store, b"one", b"one, ready for another", runtime="1.33.0")
    target = open_store(f"file://{tmp_path}/production")
    moved: list[int] = []

    copied = copy(store, "m", 1, target, moved.append)

    assert [variant.runtime for variant in copied.variants] == ["1.32.0", "1.33.0"]
    assert list_variants(target, "m", ONE) == list(copied.variants)
    assert snapshot(target, "models/m/blobs/") == snapshot(store, "models/m/blobs/")
    assert snapshot(target, "models/m/variants/") == snapshot(store, "models/m/variants/")
    assert sum(moved) == sum(blob.size for blob in copied.needs())


def test_a_copy_leaves_out_variants_that_this_code_does_not_understand(store: Store, tmp_path: Path) -> None:
    (variant,) = publish_with(store, b"one", b"one, ready").variants
    store.put(record_key("m", ONE, variant.fits), [b'{"schema": 99}'])

    assert copy(store, "m", 1, open_store(f"file://{tmp_path}/production")).variants == ()


def test_documents_of_older_code_stay_readable_and_learn_of_variants(store: Store) -> None:
    old = publish_bytes(store, "m", b"one")
    promote(store, "m", 1)
    found = store.get(aliases_key("m"))
    assert found is not None
    assert b"variants" not in found.data + old.dump()
    held = json.loads(found.data)
    held["aliases"]["live"]["targets"][0]["region"] = "eu"
    store.put(aliases_key("m"), [json.dumps(held).encode()])

    variants = derive_later(store, b"one", b"one, ready")
    tell(store, ONE, variants)

    (target,) = targets(store)
    assert (target.variants, target.rest) == (variants, {"region": "eu"})
