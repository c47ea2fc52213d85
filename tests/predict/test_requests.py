"""What a cold start asks of S3, on the wire: so many requests and no more, each a plain GET."""

from collections import Counter
from collections.abc import Callable

import pytest

from modelet.messages import InferRequest
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote
from modelet.registry.keys import aliases_key, version_key
from modelet.store import open_store
from modelet.store.base import Store
from modelet.tensors.nested import JsonTensor
from tests.derived import ort_format, publish_variants
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.s3_proxy import faulty_proxy

MADE = scale(2.0)


def canonical(store: Store) -> str:
    return publish_model(store, "m", MADE).artifact.sha256


def variant(store: Store) -> str:
    return publish_variants(store, "m", MADE, (ort_format(MADE), {})).variants[0].blob.sha256


@pytest.mark.parametrize("publish", [canonical, variant])
def test_a_cold_start_is_four_gets_and_a_warm_answer_none(
    publish: Callable[[Store], str], s3_url: str, s3_env: dict[str, str]
) -> None:
    store = open_store(s3_url, s3_env)
    publish_model(store, "m", scale(1.0))
    blob = publish(store)
    promote(store, "m", 2)

    with faulty_proxy(s3_env["AWS_ENDPOINT_URL"]) as proxy:
        models = serve(open_store(s3_url, {**s3_env, "AWS_ENDPOINT_URL": proxy.url}))
        for _ in range(3):
            answer = models.predict(InferRequest("m", "live", {"x": JsonTensor([[1.0, 2.0]])}))

    prefix = s3_url.removeprefix("s3:/")
    keys = aliases_key("m"), version_key("m", 1), version_key("m", 2), blob_key("m", blob)
    assert answer.outputs["y_pred"].tolist() == [[2.0, 4.0]]
    assert Counter((seen.method, seen.path) for seen in proxy.seen) == Counter(
        ("GET", f"{prefix}/{key}") for key in keys
    )
