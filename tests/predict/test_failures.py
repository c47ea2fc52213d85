"""A model that cannot be loaded is not fetched again for every request, nor given up for good."""

from collections import Counter

import pytest

from modelet.errors import CorruptObject
from modelet.registry.blobs import blob_key
from modelet.store.memory import MemoryStore
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore


@pytest.mark.parametrize(("failure_ttl", "fetched"), [(3600.0, 1), (0.0, 3)])
def test_a_damaged_model_is_fetched_once_while_its_failure_is_remembered(failure_ttl: float, fetched: int) -> None:
    store, reads = MemoryStore(), Counter[str]()
    blob = blob_key("m", publish_model(store, "m", scale(2.0)).artifact.sha256)
    store.put(blob, [b"damaged"])
    models = serve(WatchedStore(store, lambda verb, key: reads.update([key])), failure_ttl=failure_ttl)

    for _ in range(3):
        with pytest.raises(CorruptObject):
            models.session("m")

    assert reads[blob] == fetched
