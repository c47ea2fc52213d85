"""Whatever a body holds, version 1 and TorchServe's predictions answer it, or say what is wrong with it."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from modelet.predict import Models
from tests.entrances import post
from tests.protocols.torchserve.sending import MULTIPART, URLENCODED, form, part, send
from tests.protocols.v1.zoo import v1_store
from tests.published import serve

MODELS: Models = serve(v1_store("memory://any-body"))
KINDS = ("application/json", "application/octet-stream", MULTIPART, URLENCODED, None)

names = st.sampled_from(MODELS.names())
keys = st.sampled_from([
    *("x", "a", "b", "measures", "tag", "signal", "sensor", "height", "width"),
    *("data", "body", "instances", "inputs", "b64", "reference"),
])  # fmt: skip
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-300, 300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.sampled_from([{"b64": "Zm9v"}, {"b64": "/w=="}, {"b64": 1}, {"reference": "uploads/tensors/none"}])
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3))
thorough = settings(max_examples=300, deadline=None)


@thorough
@given(model=names, verb=st.sampled_from(["predict", "classify", "regress"]), key=keys, value=values, context=values)
def test_version_1_answers_any_json(model: str, verb: str, key: str, value: Any, context: Any) -> None:
    key = "examples" if verb != "predict" else key

    answer = post(MODELS, f"/v1/models/{model}:{verb}", {key: value, "context": context})

    assert answer.status < 500, answer.body
    assert set(answer.body) <= {"predictions", "outputs", "results"} or set(answer.body) == {"error", "code"}


@thorough
@given(model=names, kind=st.sampled_from(KINDS), body=values.map(json.dumps) | st.binary(max_size=40))
def test_torchserve_s_predictions_answer_any_body(model: str, kind: str | None, body: str | bytes) -> None:
    answer = send(MODELS, model, body, kind)

    assert answer.status < 500, answer.body
    if answer.status != 200:
        assert set(answer.body) == {"error", "code", "type", "message", "reason"}
        assert answer.body["code"] == answer.status


@thorough
@given(model=names, name=keys | st.text(max_size=3), data=st.binary(max_size=40), file=st.sampled_from([None, "f"]))
def test_torchserve_s_predictions_answer_any_form(model: str, name: str, data: bytes, file: str | None) -> None:
    answer = send(MODELS, model, form(part(name, data, file=file), part("data", b"[1, 2]")), MULTIPART)

    assert answer.status < 500, answer.body
