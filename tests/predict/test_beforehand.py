"""What the deployment names is read in two rounds, as it is for whoever asks: the second needs only the first."""

import pytest

from modelet.messages import InferRequest
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote
from modelet.registry.keys import version_key
from modelet.store.base import Store
from tests.derived import ort_format, publish_variants
from tests.onnx_models import scale
from tests.predict.test_cold_start import ALIASES, REQUEST, Rounds
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore


@pytest.mark.parametrize("form", ["canonical", "variant"])
def test_a_named_model_is_read_in_two_rounds(store: Store, form: str) -> None:
    publish_model(store, "m", scale(1.0))
    if form == "variant":
        blob = publish_variants(store, "m", scale(2.0), (ort_format(scale(2.0)), {})).variants[0].blob
    else:
        blob = publish_model(store, "m", scale(2.0)).artifact
    promote(store, "m", 2)
    rounds = Rounds([ALIASES, version_key("m", 1)], [version_key("m", 2), blob_key("m", blob.sha256)])
    models = serve(WatchedStore(store, rounds), default_model="m")

    models.preload()
    models.settle()

    assert rounds.is_over()
    assert models.predict(InferRequest("m", "live", REQUEST)).outputs["y_pred"].tolist() == [[2.0, 4.0]]
