"""Another store, with fresh credentials, for a process that goes on: from then on the old one is asked for nothing."""

import pytest

from modelet.errors import CorruptObject
from modelet.predict import Models
from modelet.registry.blobs import blob_key, read_blob
from modelet.registry.changing import promote
from modelet.store.base import Store
from modelet.store.memory import MemoryStore
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore


@pytest.fixture
def memory() -> Store:
    """Three models, one of them of two versions."""
    store = MemoryStore()
    for name in ("m", "m", "another", "a-third"):
        publish_model(store, name, scale(2.0))
    promote(store, "m", 1)
    return store


def version(models: Models, name: str) -> int:
    return models.session(name).manifest.version


def test_the_old_store_is_asked_for_nothing_more(memory: Store) -> None:
    asked: list[str] = []
    models = serve(WatchedStore(memory, lambda verb, key: asked.append(key)), alias_ttl=1e6)
    before = version(models, "m"), version(models, "another")
    asked.clear()

    models.renew(memory)
    promote(memory, "m", 2)
    after = version(models, "m"), version(models, "another"), version(models, "a-third")

    assert (before, after) == ((1, 1), (2, 1, 1))
    assert (models.names(), models.versions("m")) == (["a-third", "another", "m"], [1, 2])
    assert models.store is memory
    assert asked == []


def test_what_failed_is_tried_again(memory: Store) -> None:
    artifact = publish_model(memory, "failing", scale(3.0)).artifact
    data = read_blob(memory, "failing", artifact)
    memory.put(blob_key("failing", artifact.sha256), [b"damaged"])
    models = serve(memory, failure_ttl=3600.0)
    with pytest.raises(CorruptObject):
        models.session("failing")
    memory.put(blob_key("failing", artifact.sha256), [data])

    models.renew(memory)

    assert version(models, "failing") == 1
