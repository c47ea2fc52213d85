"""A model without inputs has one answer, which every protocol gives; and a sentence for whatever is sent to it."""

from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper

from modelet.predict import Models
from modelet.store import open_store
from tests.entrances import post
from tests.onnx_models import model, tensor
from tests.protocols.invocations.invoking import invoke
from tests.published import publish_model, serve

ANSWER = [1.0, 2.0]


@pytest.fixture(scope="module")
def models() -> Models:
    value = numpy_helper.from_array(np.array(ANSWER, np.float32))
    made = model([helper.make_node("Constant", [], ["y"], value=value)], [], [tensor("y", (2,))])
    store = open_store("memory://no-inputs")
    publish_model(store, "m", made)
    return serve(store)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/models/m/predict", {}),
        ("/v2/models/m/infer", {"inputs": []}),
        ("/v1/models/m:predict", {"inputs": {}}),
        ("/endpoints/m/invocations", {"inputs": {}}),
        ("/predictions/m", {}),
    ],
)
def test_every_protocol_reaches_it(models: Models, path: str, body: Any) -> None:
    answer = post(models, path, body)

    assert answer.status == 200, answer.body
    assert str(ANSWER) in str(answer.body)


@pytest.mark.parametrize("body", ["1,2\n", "", "a,b\n1,2\n"])
def test_a_table_is_refused(models: Models, body: str) -> None:
    answer = invoke(models, body, "text/csv", "/endpoints/m/invocations")

    assert answer.error.startswith("Model 'm' takes no table")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/models/m:predict", {"instances": [1]}),
        ("/endpoints/m/invocations", {"instances": [1]}),
        ("/predictions/m", [1]),
    ],
)
def test_rows_are_refused(models: Models, path: str, body: Any) -> None:
    answer = post(models, path, body)

    assert answer.status == 400
    assert "Model 'm' takes no inputs" in answer.body["error"]
