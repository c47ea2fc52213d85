"""Sessions within the budget: forecast by the manifest or the size, refused before a byte is fetched, weighed by what
they took.
"""

import gc
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from modelet.config import MIB
from modelet.errors import OutOfMemory, Unavailable
from modelet.messages import InferRequest
from modelet.predict import Models
from modelet.predict.memory import (
    CANONICAL,
    EACH,
    Growth,
    ProcessMemory,
    forecast,
    private_bytes,
    resident_bytes,
    weight,
)
from modelet.store.base import Store
from modelet.store.memory import MemoryStore
from modelet.tensors.nested import JsonTensor
from tests.derived import large, ort_format, publish_variants
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore


@pytest.fixture
def memory() -> Store:
    return MemoryStore()


class Reads:
    """The blobs that were read of a store."""

    def __init__(self, store: Store) -> None:
        self.blobs: list[str] = []
        self.store = WatchedStore(store, self._watch)

    def _watch(self, _verb: str, key: str) -> None:
        if "/blobs/" in key:
            self.blobs.append(key)


def answer(models: Models, name: str) -> object:
    return models.predict(InferRequest(name, "1", {"x": JsonTensor([[1.0, 2.0]])})).outputs["y_pred"].tolist()


def test_what_is_larger_than_the_budget_is_507_before_a_byte_of_it_is_fetched(memory: Store) -> None:
    publish_model(memory, "big", large())
    reads = Reads(memory)
    models = serve(reads.store, cache_bytes=20 * MIB)

    with pytest.raises(OutOfMemory) as refused:
        models.session("big", "1")

    assert (refused.value.status, reads.blobs) == (507, [])
    assert refused.value.message == (
        "Version 1 of model 'big' needs about 40 MB of memory, but only 20 MB of this function's can be had, of 20 MB "
        "for models in all: raise MODELET_CACHE_MB, and the function's memory with it."
    )


def test_a_variant_that_fits_is_loaded_where_the_canonical_model_would_not(memory: Store) -> None:
    publish_variants(memory, "big", large(), (ort_format(large()), {}))

    session = serve(memory, cache_bytes=21 * MIB).session("big", "1")

    assert session.variant is not None
    assert session.variant.blob.size <= session.resident_bytes < 1.25 * session.variant.blob.size


def test_what_the_function_has_no_memory_left_for_is_507_whatever_the_budget_says(memory: Store) -> None:
    publish_model(memory, "big", large())
    reads = Reads(memory)
    left = 30 * MIB
    models = serve(reads.store, memory_bytes=resident_bytes() + left)

    with pytest.raises(OutOfMemory, match=r"needs about 40 MB .*MODELET_CACHE_MB"):
        models.session("big", "1")

    assert reads.blobs == []


def test_what_publishing_has_measured_counts_before_the_runtime_sees_the_model(memory: Store) -> None:
    publish_model(memory, "bomb", scale(2.0), resident_bytes=600 * MIB)
    models = serve(memory, cache_bytes=500 * MIB)

    with pytest.raises(OutOfMemory, match="'bomb' needs about 600 MB of memory, but only 500 MB"):
        models.session("bomb", "1")


def test_what_seems_too_large_by_its_size_is_loaded_if_it_was_measured_to_fit(memory: Store) -> None:
    size = publish_model(memory, "m", large(), resident_bytes=17 * MIB).artifact.size
    models = serve(memory, cache_bytes=20 * MIB)

    assert size * CANONICAL > 20 * MIB
    assert models.session("m", "1").manifest.model == "m"


def test_a_named_model_that_cannot_fit_is_not_fetched_and_breaks_no_start(
    memory: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_model(memory, "big", large())
    publish_model(memory, "m", scale(2.0))
    reads = Reads(memory)
    models = serve(reads.store, cache_bytes=20 * MIB, preload=("big", "m"), log=True)

    models.preload()
    models.settle()

    assert all("models/m/" in key for key in reads.blobs)
    assert answer(models, "m") == [[2.0, 4.0]]
    assert "needs about 40 MB of memory" in json.loads(capsys.readouterr().out)["notice"]


def test_a_session_in_use_survives_its_eviction_and_then_its_memory_is_free(memory: Store) -> None:
    for name, width in (("a", 2048), ("b", 2047)):
        publish_variants(memory, name, large(width), (ort_format(large(width)), {}))
    models = serve(memory, cache_bytes=25 * MIB)
    in_use = models.session("a", "1")

    with pytest.raises(Unavailable, match=r"needs about 20 MB of memory, which models in use take now"):
        models.session("b", "1")
    assert in_use.run({"x": np.ones((1, 2048), np.float32)}, ["y"])["y"].tolist() == [[2.0] * 2048]
    del in_use

    assert models.session("b", "1").manifest.model == "b"


def test_growth_is_nobodys_where_two_loads_run_at_once() -> None:
    growth, inside, go = Growth(), threading.Event(), threading.Event()
    measured: list[int | None] = []

    def slow() -> None:
        inside.set()
        assert go.wait(10)

    thread = threading.Thread(target=lambda: measured.append(growth.of(slow)[1]))
    thread.start()
    assert inside.wait(10)
    measured.append(growth.of(lambda: None)[1])
    go.set()
    thread.join()

    assert measured == [None, None]
    assert growth.of(lambda: None)[1] is not None


def test_growth_is_what_a_load_has_taken() -> None:
    taken, grown = Growth().of(lambda: b"\1" * (50 * MIB))

    assert grown is not None
    assert len(taken) <= grown + MIB
    assert grown < len(taken) + 5 * MIB


def test_memory_is_given_back() -> None:
    memory = ProcessMemory(0)
    pieces = [bytes([1]) * 60_000 for _ in range(1000)]  # too small to be mapped on their own
    last = bytes(60_000)  # at the end of the heap, which therefore cannot shrink
    full = private_bytes()

    pieces.clear()
    gc.collect()
    memory.give_back()

    assert private_bytes() < full - 40 * MIB
    assert len(last) == 60_000


PIECES = """
import ctypes, resource, threading
from modelet.predict.memory import ProcessMemory

M_TRIM_THRESHOLD = -1
ctypes.CDLL(None).mallopt(M_TRIM_THRESHOLD, 128 * 1024)  # as it is until something large was freed
ProcessMemory(0)

def read():
    global faults
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(1000):
        bytes([1]) * 262_144
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

thread = threading.Thread(target=read)
thread.start()
thread.join()
print(faults)
"""


def test_pieces_of_a_range_are_read_into_pages_that_are_there() -> None:
    done = subprocess.run([sys.executable, "-c", PIECES], capture_output=True, text=True, check=True)

    assert int(done.stdout) < 1000  # of 64,000 pages that were written to


def test_nobody_knows_the_memory_of_a_machine_that_is_no_function() -> None:
    assert ProcessMemory(0).spare() == float("inf")
    assert 0 < ProcessMemory(1 << 40).spare() < 1 << 40
    assert os.sysconf("SC_PAGE_SIZE") < private_bytes() <= resident_bytes()


def test_a_forecast_is_what_was_measured_for_what_is_loaded(memory: Store) -> None:
    manifest = publish_variants(memory, "m", scale(2.0), (ort_format(scale(2.0)), {}))
    (variant,) = manifest.variants
    repacked = variant._replace(prepacking=True)
    limits = {"resident_bytes": 7.0, "latency_resident_bytes": 5.0}

    assert forecast(manifest.artifact, None, limits) == EACH + 7
    assert forecast(manifest.artifact, variant, limits) == EACH + 5
    assert forecast(manifest.artifact, None, {}) == EACH + manifest.artifact.size * 2.5
    assert forecast(manifest.artifact, variant, {}) == EACH + variant.blob.size * 1.25
    assert forecast(manifest.artifact, repacked, {}) == EACH + variant.blob.size * 2.25


def test_a_weight_is_what_a_load_has_taken_but_never_less_than_is_known_of_it(memory: Store) -> None:
    manifest = publish_variants(memory, "m", scale(2.0), (ort_format(scale(2.0)), {}))
    artifact, (variant,) = manifest.artifact, manifest.variants

    assert weight(artifact, variant, {}, 1000) == EACH + variant.blob.size + 1000
    assert weight(artifact, None, {}, 10**6) == EACH + 10**6
    assert weight(artifact, None, {}, 0) == EACH + artifact.size
    assert weight(artifact, None, {"resident_bytes": 5000.0}, 0) == EACH + 5000
    assert weight(artifact, None, {"resident_bytes": 5000.0}, None) == forecast(
        artifact, None, {"resident_bytes": 5000.0}
    )
