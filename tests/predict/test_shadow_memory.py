"""Shadows in a memory that is not theirs: none is loaded in another's place, and each goes before the others do."""

from pathlib import Path

import pytest

from modelet.config import MIB
from modelet.messages import InferRequest
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote, shadow
from modelet.store import open_store
from modelet.store.base import Store
from modelet.tensors.nested import JsonTensor
from tests.onnx_models import scale
from tests.predict.shadows import finish, serve_logging, told
from tests.published import publish_model
from tests.watched_store import WatchedStore

EACH = 10 * MIB


class Loads:
    """Which versions were fetched, in order, by `model@version`."""

    def __init__(self, store: Store) -> None:
        self.done: list[str] = []
        self._blobs: dict[str, str] = {}
        self.store = WatchedStore(store, self._watch)

    def publish(self, model: str, factor: float) -> None:
        manifest = publish_model(self.store, model, scale(factor), resident_bytes=EACH)
        self._blobs[blob_key(model, manifest.artifact.sha256)] = f"{model}@{manifest.version}"

    def _watch(self, verb: str, key: str) -> None:
        if key in self._blobs and verb.startswith(("get", "stream")):
            self.done.append(self._blobs[key])


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    """Two versions of `m`, the second one a shadow of the first, and a model `o` beside them."""
    loads = Loads(open_store(f"memory://{tmp_path}"))
    for model, factor in (("m", 1.0), ("m", 2.0), ("o", 3.0)):
        loads.publish(model, factor)
    shadow(loads.store, "m", 2)
    return loads


def ask(models: Models, model: str, ref: str = "live") -> None:
    models.predict(InferRequest(model, ref, {"x": JsonTensor([[1.0, 2.0]])}))
    finish()


def test_a_shadow_that_does_not_fit_beside_the_others_is_skipped(
    loads: Loads, capfd: pytest.CaptureFixture[str]
) -> None:
    models = serve_logging(loads.store, cache_bytes=EACH + 5 * MIB)

    for _ in range(3):
        ask(models, "m")

    assert loads.done == ["m@1"]
    assert [line.get("shadow_skipped") for line in told(capfd)] == [1, 1, 1]


def test_a_shadow_is_evicted_before_what_was_asked_earlier(loads: Loads) -> None:
    models = serve_logging(loads.store, cache_bytes=2 * EACH + 5 * MIB)
    ask(models, "m")
    assert loads.done == ["m@1", "m@2"]

    ask(models, "o")
    ask(models, "m")

    assert loads.done == ["m@1", "m@2", "o@1"]


def test_a_shadow_that_is_asked_itself_is_no_longer_the_first_to_go(loads: Loads) -> None:
    models = serve_logging(loads.store, cache_bytes=2 * EACH + 5 * MIB)
    ask(models, "m")
    ask(models, "m", "2")

    ask(models, "o")
    ask(models, "m", "2")

    assert loads.done == ["m@1", "m@2", "o@1"]


def test_a_shadow_uses_the_session_that_is_there_already(loads: Loads, capfd: pytest.CaptureFixture[str]) -> None:
    promote(loads.store, "m", 2, "other")
    models = serve_logging(loads.store, cache_bytes=2 * EACH + 5 * MIB)

    for ref in ("other", "live", "other", "live"):
        ask(models, "m", ref)

    assert sorted(loads.done) == ["m@1", "m@2"]
    assert [line["shadow_failed"] for line in told(capfd)] == [0, 0]
