"""A model that this function's memory cannot hold: refused over the wire before a byte of it is fetched."""

from modelet.config import MIB
from modelet.store.memory import MemoryStore
from tests.derived import WIDTH, large
from tests.entrances import get, post
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore


def test_a_model_that_cannot_fit_is_507_and_the_others_keep_answering() -> None:
    store, fetched = MemoryStore(), list[str]()
    publish_model(store, "large", large())
    publish_model(store, "small", scale(2.0))
    watched = WatchedStore(store, lambda verb, key: fetched.append(key) if "/blobs/" in key else None)
    models = serve(watched, cache_bytes=20 * MIB)

    for _ in range(2):
        answer = post(models, "/models/large/predict", {"x": [[1.0] * WIDTH]})

        assert (answer.status, answer.body["code"]) == (507, "out_of_memory")
        assert "MODELET_CACHE_MB" in answer.body["error"]
        assert {"resolve", "total"} <= set(answer.timing)
    assert fetched == []
    assert get(models, "/v2/models/large/ready").status == 503
    assert post(models, "/models/small/predict", {"x": [1, 2]}).body == {"y_pred": [2.0, 4.0]}
