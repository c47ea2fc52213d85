"""Deriving for versions that were published before the runtime was: once, whoever promotes meanwhile."""

import threading
from pathlib import Path

import pytest

from modelet.errors import CorruptObject, VersionNotFound
from modelet.manifest import PROFILES
from modelet.publish import push
from modelet.publish.derive import derive
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote, rollback
from modelet.registry.collecting import find_garbage
from modelet.registry.keys import aliases_key
from modelet.registry.reading import current_aliases, load_manifest
from modelet.registry.recording import list_variants
from modelet.store.base import Store
from tests.onnx_models import save, scale
from tests.publish.derivations import publish_old, rejecting
from tests.published import serve
from tests.registry.drafts import snapshot


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save(scale(2), tmp_path / "model.onnx")


def actions(store: Store) -> list[str]:
    return [event.action for event in current_aliases(store, "m").aliases.history]


def test_an_old_version_gets_variants_and_keeps_its_manifest(store: Store, path: Path) -> None:
    old = publish_old(store, path)
    before = load_manifest(store, "m", 1)

    derivation = derive(store, "m", 1)

    assert old.variants == ()
    assert load_manifest(store, "m", 1) == before
    assert [variant.profile for variant in derivation.new] == sorted(PROFILES)
    assert derivation.variants == derivation.new
    assert derivation.without == {}
    assert set(list_variants(store, "m", old.artifact.sha256)) == set(derivation.new)
    assert find_garbage(store, 0) == []


def test_what_leads_to_the_version_knows_of_them_at_once(store: Store, path: Path) -> None:
    publish_old(store, path)
    assert serve(store).session("m").variant is None

    new = derive(store, "m", 1).new

    assert serve(store).session("m").variant == new[1]
    (target,) = current_aliases(store, "m").aliases.alias("live").targets
    assert target.variants == new
    assert actions(store) == ["derive"]


def test_deriving_twice_changes_nothing(store: Store, path: Path) -> None:
    publish_old(store, path)
    first = derive(store, "m", 1)
    before, aliases = snapshot(store), store.get(aliases_key("m"))

    second = derive(store, "m", 1)

    assert (second.variants, second.new) == (first.variants, ())
    assert (snapshot(store), store.get(aliases_key("m"))) == (before, aliases)


def test_a_version_that_was_pushed_with_variants_needs_nothing(store: Store, path: Path) -> None:
    pushed = push(store, path, "m")
    before = snapshot(store)

    derivation = derive(store, "m", 1)

    assert (derivation.variants, derivation.new) == (pushed.variants, ())
    assert (snapshot(store), store.get("models/m/versions/1.json") is None) == (before, False)
    assert actions(store) == []


def test_a_version_that_has_variants_for_another_runtime_keeps_them(store: Store, path: Path) -> None:
    pushed = push(store, path, "m")
    foreign = tuple(variant._replace(runtime="1.20.0") for variant in pushed.variants)
    old = publish_old(store, path, "other")
    held = load_manifest(store, "other", old.version)[0]
    store.put("models/other/versions/1.json", [held._replace(variants=foreign).dump()])

    derivation = derive(store, "other", 1)

    assert set(derivation.variants) == {*foreign, *derivation.new}
    assert len(derivation.new) == len(PROFILES)


def test_versions_of_the_same_artifact_share_what_was_derived(store: Store, path: Path) -> None:
    publish_old(store, path)
    publish_old(store, path)
    promote(store, "m", 2)
    new = derive(store, "m", 1).new

    assert derive(store, "m", 2).new == ()
    assert serve(store).session("m", "live").variant == new[1]
    rollback(store, "m")
    assert serve(store).session("m", "live").variant == new[1]


def test_an_interrupted_derivation_is_finished_by_the_next(store: Store, path: Path) -> None:
    publish_old(store, path)
    complete = derive(store, "m", 1)
    store.delete(aliases_key("m"))
    store.delete(f"models/m/variants/{complete.manifest.artifact.sha256}/{'-'.join(complete.new[0].fits)}.json")

    again = derive(store, "m", 1)

    assert [variant.fits for variant in again.new] == [complete.new[0].fits]
    (target,) = current_aliases(store, "m").aliases.alias("live").targets
    assert [variant.profile for variant in target.variants] == sorted(PROFILES)


def test_deriving_and_promoting_at_once_lose_nothing(store: Store, path: Path, tmp_path: Path) -> None:
    publish_old(store, path)
    publish_old(store, save(scale(3), tmp_path / "other.onnx"))
    stop = threading.Event()

    def promote_again_and_again() -> None:
        while not stop.wait(0.01):
            for version in (1, 2):
                promote(store, "m", version)

    promoting = threading.Thread(target=promote_again_and_again)
    promoting.start()
    try:
        new = derive(store, "m", 2).new
    finally:
        stop.set()
        promoting.join()

    (target,) = current_aliases(store, "m").aliases.alias("live").targets
    assert target.version == 2
    assert target.variants == new


def test_what_is_damaged_or_not_there_is_not_derived_from(store: Store, path: Path) -> None:
    old = publish_old(store, path)
    with pytest.raises(VersionNotFound):
        derive(store, "m", 2)
    store.put(blob_key("m", old.artifact.sha256), [b"another"])
    before = snapshot(store)

    with pytest.raises(CorruptObject, match=old.artifact.sha256):
        derive(store, "m", 1)
    assert snapshot(store) == before


def test_a_version_that_cannot_have_variants_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    publish_old(store, save(rejecting(), tmp_path / "rejecting.onnx"))
    before = snapshot(store)

    derivation = derive(store, "m", 1)

    assert derivation.variants == ()
    assert derivation.without.keys() == set(PROFILES)
    assert snapshot(store) == before
    assert actions(store) == []
