"""Bodies that are no request at all: 400 with what is wrong, or 413 that names the limit."""

import json

import pytest

from modelet.events import answering
from modelet.predict import Models
from modelet.store import open_store
from tests.entrances import HTTP, OVER_HTTP, PROTOCOLS, Way, ask, event
from tests.onnx_models import scale
from tests.published import publish_model, serve

over_http = pytest.mark.parametrize("way", OVER_HTTP.values(), ids=OVER_HTTP.keys())
at_every_entrance = pytest.mark.parametrize("entrance", HTTP)

LIMIT = 200

BODIES: dict[str, tuple[str | bytes | None, str]] = {
    "no-body": (None, "empty"),
    "empty": ("", "empty"),
    "blank": (" \n", "empty"),
    "truncated": ('{"x": [[1, 2]', "not valid JSON"),
    "trailing-comma": ('{"x": [[1, 2],]}', "not valid JSON"),
    "trailing-text": ('{"x": [[1, 2]]} 7', "not valid JSON"),
    "single-quotes": ("{'x': [[1, 2]]}", "not valid JSON"),
    "csv": ("1.0,2.0\n3.0,4.0\n", "not valid JSON"),
    "form": ("x=1&y=2", "not valid JSON"),
    "list": ("[[1, 2]]", "must be a JSON object"),
    "number": ("7", "must be a JSON object"),
    "text": ('"x"', "must be a JSON object"),
    "null": ("null", "must be a JSON object"),
    "nan": ('{"x": [[1, NaN]]}', "NaN"),
    "infinity": ('{"x": [[Infinity, 1]]}', "Infinity"),
    "minus-infinity": ('{"x": [[1,-Infinity]]}', "Infinity"),
    "beyond-every-float": ('{"x": [[1e999, 1]]}', "infinity"),
    "5000-digits": ('{"x": [[' + "9" * 5000 + ", 1]]}", "infinity"),
    "bad-utf-8": (b'{"x": "\xff\xfe"}', "UTF-8"),
    "latin-1": ('{"x": "é"}'.encode("latin-1"), "UTF-8"),
    "utf-16": ('{"x": [[1, 2]]}'.encode("utf-16"), "UTF-8"),
    "byte-order-mark": (b'\xef\xbb\xbf{"x": [[1, 2]]}', "UTF-8"),
    "lone-surrogate": ('{"x": "\ud800"}', "UTF-8"),
    "escaped-lone-surrogate": ('{"x": "\\ud800"}', "surrogate"),
    "nested-101": ('{"x": ' + "[" * 100 + "]" * 100 + "}", "more than 100 deep"),
    "nested-100000": ("[" * 100_000, "more than 100 deep"),
    "key-twice": ('{"x": [[1, 2]], "\\u0078": [[1, 2]]}', "'x' is given twice"),
}


@over_http
@pytest.mark.parametrize("mistake", BODIES)
def test_a_body_that_is_no_request_is_400(models: Models, way: Way, mistake: str) -> None:
    body, said = BODIES[mistake]

    answer = way.send(models, "double", body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert said in answer.body["error"]


def nested(protocol: str, depth: int) -> str:
    """A request whose tensor makes the whole body exactly `depth` deep."""
    opening = (
        '{"x": ' if protocol == "simple" else '{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": '
    )
    depth -= opening.count("{") + opening.count("[") - opening.count("]")
    return opening + "[" * depth + "1" + "]" * depth + ("}" if protocol == "simple" else "}]}")


@over_http
@pytest.mark.parametrize(
    ("depth", "code", "said"),
    [
        (99, "invalid_input", "more than 64 deep"),
        (100, "invalid_input", "more than 64 deep"),
        (101, "invalid_request", "more than 100 deep"),
    ],
)
def test_nesting_up_to_100_is_left_for_the_model_to_judge(
    models: Models, way: Way, depth: int, code: str, said: str
) -> None:
    answer = way.send(models, "double", nested(way.protocol, depth))

    assert (answer.status, answer.body["code"]) == (400, code)
    assert said in answer.body["error"]


@over_http
def test_a_body_that_is_marked_as_base64_and_is_not_is_400(models: Models, way: Way) -> None:
    for body in ("!", "abc", "e30=\n", "é"):
        asked = event(way.entrance, way.path("double"), b"") | {"body": body}

        answer = ask(models, asked)

        assert (answer.status, answer.body["code"]) == (400, "invalid_request")
        assert "not valid base64" in answer.body["error"]


@at_every_entrance
@pytest.mark.parametrize(("coding", "status"), [("gzip", 400), ("deflate", 400), ("br", 415)])
def test_a_body_that_is_not_compressed_as_it_says_is_refused_by_name(
    models: Models, entrance: str, coding: str, status: int
) -> None:
    asked = event(entrance, "/models/double/predict", b"\x1f\x8b")
    asked["headers"]["Content-Encoding"] = coding

    answer = ask(models, asked)

    assert (answer.status, coding in answer.body["error"]) == (status, True)


@at_every_entrance
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("size", "status"), [(LIMIT - 1, 200), (LIMIT, 200), (LIMIT + 1, 413)])
def test_a_body_over_the_limit_is_413_and_names_it(entrance: str, protocol: str, size: int, status: int) -> None:
    store = open_store("memory://limit")
    if "double" not in store.folders("models/"):
        publish_model(store, "double", scale(2.0))
    limited = serve(store, max_body_bytes=LIMIT)
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}
    body = json.dumps({"x": [1, 2]} if protocol == "simple" else {"inputs": [tensor]})

    answer = Way(entrance, protocol, None).send(limited, "double", body.ljust(size))

    assert answer.status == status, answer.body
    assert status == 200 or (
        answer.body["code"] == "payload_too_large" and f"{size} bytes; the limit is {LIMIT}" in answer.body["error"]
    )


LAMBDA_LIMIT = 6 * 1024 * 1024
ANSWERS = {"http-api-predict": (4, 9), "rest-predict": (4, 9), "direct-invoke": (5, 53)}  # bytes per zero, and around


@pytest.mark.parametrize("entrance", ANSWERS)
@pytest.mark.parametrize("fits", [True, False])
def test_an_answer_that_lambda_could_not_send_is_413_and_names_the_limit(
    models: Models, entrance: str, fits: bool
) -> None:
    each, around = ANSWERS[entrance]
    zeros = (LAMBDA_LIMIT - 1024 - around) // each + (0 if fits else 1)
    inputs = {"s": [zeros]}
    asked = (
        {"model": "filled", "inputs": inputs}
        if entrance == "direct-invoke"
        else event(entrance, "/models/filled/predict", json.dumps(inputs))
    )

    answer = answering.answer(models, asked, None)

    status = answer.get("statusCode", answer.get("status", 200))
    assert status == (200 if fits else 413), len(str(answer))
    assert len(json.dumps(answer).encode()) <= LAMBDA_LIMIT
    assert fits or f"the limit is {LAMBDA_LIMIT - 1024}" in str(answer)


V2 = {
    "no-inputs": ({}, "'inputs'"),
    "empty-inputs": ({"inputs": []}, "Input 'x' is missing"),
    "inputs-are-an-object": ({"inputs": {"x": [1]}}, "'inputs'"),
    "an-input-is-no-object": ({"inputs": [7]}, "'inputs'"),
    "no-name": ({"inputs": [{"datatype": "FP32", "shape": [1], "data": [1]}]}, "'name'"),
    "no-datatype": ({"inputs": [{"name": "x", "shape": [1], "data": [1]}]}, "input 'x' without a 'datatype'"),
    "odd-datatype": ({"inputs": [{"name": "x", "datatype": "F32", "shape": [1], "data": [1]}]}, "'F32'"),
    "other-datatype": ({"inputs": [{"name": "x", "datatype": "FP64", "shape": [1, 2], "data": [1, 2]}]}, "FP32"),
    "no-shape": ({"inputs": [{"name": "x", "datatype": "FP32", "data": [1]}]}, "'x' needs a 'shape'"),
    "negative-shape": ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2], "data": [1]}]}, "'shape'"),
    "bool-in-shape": ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [True, 2], "data": [1, 2]}]}, "'shape'"),
    "huge-shape": ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [2**31], "data": [1]}]}, "'shape'"),
    "overflowing-shape": (
        {"inputs": [{"name": "x", "datatype": "FP32", "shape": [0, *[2**31 - 1] * 3], "data": []}]},
        "no tensor can have",
    ),
    "rank-65": ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1] * 65, "data": [1]}]}, "no tensor can have"),
    "too-little-data": ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1]}]}, "1 elements"),
    "other-nesting": (
        {"inputs": [{"name": "x", "datatype": "FP32", "shape": [2, 2], "data": [[1, 2, 3, 4]]}]},
        "data of shape [1, 4]",
    ),
    "no-data": ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2]}]}, "'x' needs 'data'"),
    "input-twice": ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}] * 2}, "twice"),
    "id-is-a-number": ({"id": 7, "inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]}, "'id'"),
}
GOOD = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}
V2 |= {
    "unknown-output": ({"inputs": [GOOD], "outputs": [{"name": "q"}]}, "no output 'q'; it has 'y_pred'"),
    "output-twice": ({"inputs": [GOOD], "outputs": [{"name": "y_pred"}] * 2}, "twice"),
    "outputs-are-text": ({"inputs": [GOOD], "outputs": "y_pred"}, "'outputs'"),
    "outputs-are-zero": ({"inputs": [GOOD], "outputs": 0}, "'outputs'"),
}


@at_every_entrance
@pytest.mark.parametrize("mistake", V2)
def test_a_malformed_v2_request_is_400_in_the_form_of_the_protocol(models: Models, entrance: str, mistake: str) -> None:
    body, said = V2[mistake]

    answer = Way(entrance, "v2", None).send(models, "double", json.dumps(body))

    assert answer.status == 400
    assert set(answer.body) == {"error", "code"}
    assert said in answer.body["error"]
