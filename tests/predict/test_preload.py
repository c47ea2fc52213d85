"""Models that the deployment names: read at once, loaded when the runtime is there, and never read twice."""

import threading
from collections import Counter

import pytest

from modelet.messages import InferRequest
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote, split
from modelet.registry.keys import aliases_key, version_key
from modelet.store.base import Store
from modelet.store.memory import MemoryStore
from modelet.tensors.nested import JsonTensor
from tests.derived import ort_format, publish_variants
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore


@pytest.fixture
def memory() -> Store:
    return MemoryStore()


def answer(models: Models, ref: str = "live") -> object:
    return models.predict(InferRequest("m", ref, {"x": JsonTensor([[1.0, 2.0]])})).outputs["y_pred"].tolist()


def test_what_was_read_beforehand_is_not_read_again(store: Store) -> None:
    manifest = publish_variants(store, "m", scale(2.0), (ort_format(scale(2.0)), {}))
    promote(store, "m", 1)
    reads: Counter[str] = Counter()
    models = serve(WatchedStore(store, lambda verb, key: reads.update([key])), default_model="m")

    models.preload()
    models.settle()
    assert answer(models) == [[2.0, 4.0]]

    blob = blob_key("m", manifest.variants[0].blob.sha256)
    assert reads.keys() == {aliases_key("m"), version_key("m", 1), blob}
    assert (reads[aliases_key("m")], reads[blob]) == (1, 1)


def test_a_model_that_is_not_there_in_time_is_loaded_by_whoever_asks_and_read_once(memory: Store) -> None:
    artifact = publish_model(memory, "m", scale(2.0)).artifact
    begun, released = threading.Event(), threading.Event()
    reads: Counter[str] = Counter()

    def watch(verb: str, key: str) -> None:
        reads[key] += 1
        if "blobs" in key:
            begun.set()
            assert released.wait(20)

    models = serve(WatchedStore(memory, watch), preload=("m",), preload_seconds=0.0)
    models.preload()
    assert begun.wait(20)

    models.settle()
    released.set()

    assert answer(models) == [[2.0, 4.0]]
    assert reads[blob_key("m", artifact.sha256)] == 1


def test_every_version_that_an_alias_splits_to_is_loaded(memory: Store) -> None:
    versions = [publish_model(memory, "m", scale(factor)) for factor in (1.0, 2.0)]
    split(memory, "m", {1: 1, 2: 1})
    reads: Counter[str] = Counter()
    models = serve(WatchedStore(memory, lambda verb, key: reads.update([key])), preload=("m",))

    models.preload()
    models.settle()
    before = reads.copy()

    assert {str(answer(models, ref)) for ref in ("1", "2")} == {"[[1.0, 2.0]]", "[[2.0, 4.0]]"}
    blobs = {blob_key("m", manifest.artifact.sha256) for manifest in versions}
    assert {key: count for key, count in before.items() if key in blobs} == dict.fromkeys(blobs, 1)
    assert {key: count for key, count in reads.items() if key in blobs} == dict.fromkeys(blobs, 1)


def test_one_that_fails_leaves_the_others_alone(memory: Store, capsys: pytest.CaptureFixture[str]) -> None:
    publish_model(memory, "m", scale(2.0))
    models = serve(memory, log=True, default_model="nobody", preload=("m", "m@7"))

    models.preload()
    models.settle()
    said = capsys.readouterr().out

    assert ("'nobody' could not" in said, "'m@7' could not" in said, "'m' could not" in said) == (True, True, False)
    assert answer(models) == [[2.0, 4.0]]
