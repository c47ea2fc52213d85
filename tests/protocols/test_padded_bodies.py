"""Two thousand spaces behind a body, and another parser reads it: in no protocol may anybody tell by the answer."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from modelet.predict import Models
from modelet.protocols.tensors import SMALL_BODY
from modelet.store import open_store
from modelet.store.tensors import new_key
from tests.entrances import Answer, ask, event
from tests.onnx_models import scale
from tests.protocols.invocations.invoking import publish_table, split
from tests.published import add, digits, echo, publish_model, serve

UPLOAD = new_key()
REFERENCE = {"reference": UPLOAD, "datatype": "FP32", "shape": [1, 2]}
TENSOR = {"name": "x", "shape": [1, 2], "datatype": "FP32", "parameters": {}, "data": [1, 2]}
OUTPUT = {"name": "y_pred", "parameters": {"classification": 1, "binary_data": False}}
BODIES: tuple[tuple[str, Any], ...] = (
    ("/predict", {"x": [[1, 2]]}),
    ("/models/add/predict", {"a": REFERENCE, "b": [[1, 2]]}),
    ("/models/scalar/predict", {"x": 1.5}),
    ("/models/words/predict", {"x": ["a"]}),
    ("/models/flags/predict", {"x": [True]}),
    ("/models/whole/predict", {"x": [2**63 - 1]}),
    (
        "/v2/models/double/infer",
        {"id": "a", "parameters": {"routing_key": "a"}, "inputs": [TENSOR], "outputs": [OUTPUT]},
    ),
    ("/v2/models/double/infer", {"inputs": [{**TENSOR, "parameters": {"binary_data_size": 8}}]}),
    ("/v2/repository/index", {"ready": True}),
    ("/v2/repository/models/double/load", {"parameters": {}}),
    ("/v1/models/double:predict", {"signature_name": "serving_default", "instances": [[1, 2]]}),
    ("/v1/models/scalar:predict", {"instances": [1.5]}),
    ("/v1/models/add:predict", {"instances": [{"a": [1, 2], "b": [3, 4]}]}),
    ("/v1/models/add:predict", {"inputs": {"a": [[1, 2]], "b": REFERENCE}}),
    ("/v1/models/words:predict", {"instances": [{"b64": "aGk="}]}),
    ("/v1/models/digits:classify", {"context": {}, "examples": [{"image": [0] * 3}]}),
    ("/v1/models/rows:regress", {"signature_name": "regression", "examples": [{"x": 1.5}, {"x": [1]}]}),
    ("/v1/models/double:explain", {"instances": [[1, 2]]}),
    ("/invocations", {"params": {}, "instances": [[1, 2]]}),
    ("/endpoints/table/invocations", {"dataframe_split": {"columns": ["a", "b"], "index": [0], "data": [[1, 2]]}}),
    ("/endpoints/table/invocations", {"dataframe_records": [{"a": 1, "b": 2}]}),
    ("/endpoints/table/invocations", {"inputs": {"a": [1, 3], "b": [2, 4]}}),
    ("/endpoints/table/invocations", [[1, 2]]),
    ("/endpoints/split/invocations", {"inputs": {"p": [1, 3], "q": [2, 4]}}),
    ("/endpoints/split/invocations", {"inputs": {"p": [1.5, 3], "q": [2**60 + 1, 4]}}),
    ("/endpoints/rows/invocations", {"instances": [{"features": [1, 2]}]}),
    ("/endpoints/double/invocations", {"instances": [{"data": {"features": {"values": [1, 2]}}}]}),
    ("/endpoints/add/invocations", {"inputs": {"a": [[1, 2]], "b": REFERENCE}}),
    ("/predictions/add", {"a": [[1, 2]], "b": [[1, 2]]}),
    ("/predictions/double", {"data": [{"x": [1, 2]}]}),
    ("/predictions/double", [1, 2]),
    ("/predictions/scalar", [1.5]),
    ("/predictions/words", {"data": [{"b64": "aGk="}]}),
)
ODD: tuple[Any, ...] = (
    *(None, True, 1, 1.5, -1, 10**30, "x", [], [1], [1, 2], [[1, 2]], [[1, 2], [3, 4]], [1.5, None], ["x"], [[]], [{}]),
    *({}, {"a": 1}, {"a": [1, 2]}, {"reference": "x"}, {"reference": [1]}, {"b64": "aGk="}, {"b64": [1]}),
    *({"reference": UPLOAD, "shape": [1, 2]}, {"reference": UPLOAD, "datatype": [1, 2]}),
)


@pytest.fixture(scope="module")
def models() -> Models:
    store = open_store("memory://padded")
    store.put(UPLOAD, [np.array([[1, 2]], np.float32).tobytes()])
    made = {
        "double": scale(2.0),
        "add": add(),
        "digits": digits(),
        "scalar": echo("FP32", ()),
        "rows": echo("FP32", ("N",)),
        "words": echo("BYTES", ("N",)),
        "flags": echo("BOOL", ("N",)),
        "whole": echo("INT64", ("N",)),
    }
    for name, held in made.items():
        publish_model(store, name, held)
    publish_table(store, "table", scale(2.0), ["a", "b"])
    publish_table(store, "split", split(p="FP32", q="INT64"))
    return serve(store, default_model="double")


@pytest.mark.parametrize(("path", "body"), BODIES)
def test_a_padded_body_is_answered_as_the_same_body_without_padding(models: Models, path: str, body: Any) -> None:
    for given in (body, *variants(body)):
        text = json.dumps(given)

        padded = send(models, path, text + " " * 2000)

        short = send(models, path, text)
        assert len(text) < SMALL_BODY
        assert (padded.status, padded.body) == (short.status, short.body), text
        assert padded.status in (200, 400, 404, 415, 501), (text, padded.body)


def send(models: Models, path: str, text: str) -> Answer:
    """Post JSON."""
    return ask(models, event("http-api-predict", path, text))


def variants(body: Any) -> Iterator[Any]:
    """The body with each value in it replaced by each odd one."""
    for place in places(body):
        for odd in ODD:
            changed = deepcopy(body)
            held = changed
            for key in place[:-1]:
                held = held[key]
            held[place[-1]] = odd
            yield changed


def places(held: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where the values lie."""
    if place:
        yield place
    for key in held if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ():
        yield from places(held[key], (*place, key))
