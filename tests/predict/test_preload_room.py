"""What was read beforehand takes room only as long as it may be needed: whatever somebody asks for comes first."""

import threading
from collections import Counter

import pytest

from modelet.config import MIB
from modelet.phases import Phases
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote, split
from modelet.registry.keys import aliases_key
from modelet.store.base import Store
from modelet.store.memory import MemoryStore
from tests.derived import large, ort_format, publish_variants
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore

BUDGET = 56 * MIB


class HeldUp:
    """Holds reads of one object up until it is let go, and counts all of them."""

    def __init__(self, key: str) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.reads: Counter[str] = Counter()
        self._key = key

    def __call__(self, verb: str, key: str) -> None:
        self.reads[key] += 1
        if key == self._key:
            self.begun.set()
            assert self.go.wait(20)


@pytest.fixture
def memory() -> Store:
    """Holds a model that most of the budget must be free for."""
    store = MemoryStore()
    publish_model(store, "other", large(2048))  # 42 MB, by its size
    return store


def loads(models: Models, name: str) -> bool:
    return models.session(name).manifest.model == name


@pytest.fixture
def late(memory: Store) -> HeldUp:
    """A read of a model that takes longer than a start may."""
    first = publish_model(memory, "m", large(1400))  # 20 MB
    publish_model(memory, "m", scale(3.0))
    promote(memory, "m", 1)
    return HeldUp(blob_key("m", first.artifact.sha256))


def started(store: Store, held: HeldUp) -> Models:
    models = serve(WatchedStore(store, held), preload=("m",), preload_seconds=0.0, cache_bytes=BUDGET, alias_ttl=0.0)
    models.preload()
    assert held.begun.wait(20)
    models.settle()
    return models


def test_a_split_alias_that_does_not_fit_as_a_whole_keeps_no_room(memory: Store) -> None:
    for width in (1800, 2900):  # 32 MB and 84
        publish_model(memory, "big", large(width))
    split(memory, "big", {1: 1, 2: 1})
    models = serve(memory, preload=("big",), cache_bytes=BUDGET)

    models.preload()
    models.settle()

    assert loads(models, "other")


def test_what_came_too_late_for_an_alias_that_has_moved_on_keeps_no_room(memory: Store, late: HeldUp) -> None:
    models = started(memory, late)
    promote(memory, "m", 2)
    late.go.set()

    assert loads(models, "m")
    assert loads(models, "other")


def test_what_came_too_late_is_still_there_where_there_is_room(memory: Store, late: HeldUp) -> None:
    models = started(memory, late)
    late.go.set()
    publish_model(memory, "small", scale(7.0))

    assert loads(models, "small")
    assert loads(models, "m")

    (blob,) = [key for key in late.reads if "/m/blobs/" in key]
    assert late.reads[blob] == 1


def test_what_came_too_late_keeps_no_room_in_an_environment_that_was_restored(memory: Store, late: HeldUp) -> None:
    models = started(memory, late)
    late.go.set()

    models.renew(memory)

    assert loads(models, "other")


def test_a_model_that_is_named_in_several_ways_is_read_once(memory: Store) -> None:
    artifact = publish_model(memory, "m", scale(2.0)).artifact
    held = HeldUp(aliases_key("m"))  # so that no name comes first
    models = serve(WatchedStore(memory, held), default_model="m", preload=("m", "m@1", "m@live"))

    models.preload()
    held.go.set()
    models.settle()

    assert loads(models, "m")
    assert held.reads[blob_key("m", artifact.sha256)] == 1


@pytest.mark.parametrize("spent", [0.0, 3600.0])
def test_a_load_that_takes_longer_than_a_start_may_holds_no_start_up(memory: Store, spent: float) -> None:
    """The read beforehand is there at once, but the runtime refuses it, and what serves instead does not come."""
    manifest = publish_variants(memory, "v", scale(2.0), (b"no variant", {}))
    promote(memory, "v", 1)
    held = HeldUp(blob_key("v", manifest.artifact.sha256))
    models = serve(WatchedStore(memory, held), preload=("v",), preload_seconds=0.2 if spent == 0.0 else 3600.0)
    models.preload()

    models.settle(spent)
    still_held_up = not held.go.is_set()
    held.go.set()

    assert still_held_up
    assert loads(models, "v")
    assert held.reads[blob_key("v", manifest.artifact.sha256)] == 1


def test_a_variant_that_fits_is_loaded_within_the_start(memory: Store) -> None:
    publish_variants(memory, "v", scale(2.0), (ort_format(scale(2.0)), {}))
    promote(memory, "v", 1)
    models = serve(memory, preload=("v",))

    models.preload()
    models.settle()

    with Phases() as asking:
        asking.allow(0.0)  # can wait for nothing
        assert loads(models, "v")
