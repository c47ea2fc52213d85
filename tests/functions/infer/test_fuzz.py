"""Whatever the event, the handler never raises and answers in the shape that the caller expects; a healthy store and a
client's mistake never make a 5xx.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelet.events import answering
from modelet.predict import Models
from tests.entrances import load

NAMES = [
    "http-api-predict", "http-api-v2-infer", "http-api-base64", "rest-predict", "function-url-predict", "direct-invoke",
]  # fmt: skip
PATHS = [
    "/predict", "/models/double/predict", "/models/add/versions/1/predict", "/v2", "/v2/health/ready",
    "/v2/models/double", "/v2/models/echo-bytes/ready", "/v2/models/rows-int8/infer",
    "/v2/models/scalar/versions/live/infer",
]  # fmt: skip

texts = st.text(max_size=12) | st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.sampled_from([10**400, -1, 2**70])
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
names = st.sampled_from(["double", "add", "echo-fp16", "echo-bytes", "rows-uint8", "scalar", "filled"]) | texts
tensors = st.fixed_dictionaries(
    {"name": st.sampled_from("xabs") | texts, "datatype": st.sampled_from(["FP32", "INT64", "BYTES"]) | values},
    optional={"shape": st.lists(st.integers(-1, 3), max_size=3) | values, "data": values},
)
bodies = st.one_of(
    st.dictionaries(st.sampled_from("xabsy"), values, max_size=3),
    st.fixed_dictionaries({"inputs": st.lists(tensors, max_size=2)}, optional={"outputs": values, "id": values}),
    values,
)
fuzzed = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@fuzzed
@given(st.data())
@pytest.mark.parametrize("name", NAMES)
def test_a_mutated_event_is_answered_in_its_callers_shape(models: Models, name: str, data: st.DataObject) -> None:
    event = load(name)
    for _ in range(data.draw(st.integers(1, 3))):
        if event:
            mutate(event, data)

    answer = answering.answer(models, event, None)

    assert_sendable(answer)
    if name == "direct-invoke":
        assert answer.get("status", 200) < 500, answer
    elif "requestContext" in event or "rawPath" in event or "httpMethod" in event:
        assert_proxy_response(answer)


@fuzzed
@given(body=bodies, path=st.sampled_from(PATHS), method=st.sampled_from(["GET", "POST", "HEAD"]))
def test_any_body_at_any_route_is_no_server_error(models: Models, body: Any, path: str, method: str) -> None:
    event = load("http-api-predict")
    event["rawPath"] = path
    event["requestContext"]["http"]["method"] = method
    event["body"] = json.dumps(body)

    answer = answering.answer(models, event, None)

    assert_sendable(answer)
    assert_proxy_response(answer)


@fuzzed
@given(
    event=st.fixed_dictionaries(
        {"model": names | values},
        optional={"inputs": bodies, "version": values, "outputs": values, "id": values, "other": values},
    )
)
def test_any_direct_invoke_is_no_server_error(models: Models, event: dict[str, Any]) -> None:
    answer = answering.answer(models, event, None)

    assert_sendable(answer)
    assert answer.get("status", 200) < 500, answer


@fuzzed
@given(event=values)
def test_anything_at_all_is_answered(models: Models, event: Any) -> None:
    answer = answering.answer(models, event, None)

    assert_sendable(answer)
    assert "error" in answer or "statusCode" in answer


def mutate(event: dict[str, Any], data: st.DataObject) -> None:
    """Replace or remove one field, at any depth."""
    holder, key = data.draw(st.sampled_from(list(fields(event))))
    if data.draw(st.booleans()):
        holder[key] = data.draw(values)
    else:
        del holder[key]


def fields(held: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    for key, value in held.items():
        yield held, key
        if isinstance(value, dict):
            yield from fields(value)


def assert_sendable(answer: dict[str, Any]) -> None:
    """As Lambda's runtime serialises it."""
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()


def assert_proxy_response(answer: dict[str, Any]) -> None:
    assert set(answer) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert type(answer["statusCode"]) is int
    assert 200 <= answer["statusCode"] < 500, answer
    assert all(type(item) is str for pair in answer["headers"].items() for item in pair)
    assert type(answer["body"]) is str
    assert type(answer["isBase64Encoded"]) is bool
