"""The binary tensor extension: who asks for which form, a body that is one tensor, and sizes that do not fit."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelet.errors import InvalidInput
from modelet.messages import HttpRequest
from modelet.predict import Models
from modelet.predict.fitting import fit_inputs
from modelet.protocols.v2 import binary
from modelet.protocols.v2.infer import decode
from modelet.store.tensors import new_key
from tests.protocols.binary_bodies import HEADER, Reply, outputs, packed, request, send
from tests.published import echo, publish_model, serve, zoo_store

A, B = np.array([[3, 4]], np.float32), np.array([[1, 2]], np.float32)
SUM, DIFFERENCE = (A + B).tolist(), (A - B).tolist()


@pytest.fixture(scope="module")
def models() -> Models:
    store = zoo_store("memory://v2-binary")
    publish_model(store, "free", echo("FP32", ("N", "M")))
    publish_model(store, "matrix", echo("FP32", (2, "M", 4)))
    publish_model(store, "grid", echo("FP32", ("N", "M", "K")))
    publish_model(store, "fixed", echo("INT16", (2, 2)))
    publish_model(store, "word", echo("BYTES", ("N", 1)))
    publish_model(store, "words", echo("BYTES", ("N", 2)))
    return serve(store)


def add(models: Models, **rest: Any) -> Reply:
    body, headers = request(("a", "FP32", [1, 2], packed(A)), ("b", "FP32", [1, 2], packed(B)), **rest)
    return send(models, "/v2/models/add/infer", body, headers)


def raw(models: Models, model: str, body: bytes) -> Reply:
    return send(models, f"/v2/models/{model}/infer", body, {HEADER: "0"})


def forms(reply: Reply) -> dict[str, bool]:
    """Whether each output is binary."""
    return {output["name"]: "data" not in output for output in reply.json["outputs"]}


@pytest.mark.parametrize(
    ("rest", "binary_outputs"),
    [
        ({}, {"c": False, "d": False}),
        ({"parameters": {"binary_data_output": False}}, {"c": False, "d": False}),
        ({"parameters": {"binary_data_output": True}}, {"c": True, "d": True}),
        ({"outputs": [{"name": "d", "parameters": {"binary_data": True}}]}, {"d": True}),
        ({"outputs": [{"name": "d", "parameters": {"binary_data": True}}, {"name": "c"}]}, {"d": True, "c": False}),
        (
            {
                "outputs": [{"name": "d"}, {"name": "c", "parameters": {"binary_data": False}}],
                "parameters": {"binary_data_output": True},
            },
            {"d": True, "c": False},
        ),
    ],
)
def test_each_output_has_the_form_that_was_asked_for(
    models: Models, rest: dict[str, Any], binary_outputs: dict[str, bool]
) -> None:
    reply = add(models, id="7", **rest)

    assert (forms(reply), reply.json["id"]) == (binary_outputs, "7")
    assert {name: array.tolist() for name, array in outputs(reply).items()} == {
        name: {"c": SUM, "d": DIFFERENCE}[name] for name in binary_outputs
    }
    kind = "application/octet-stream" if any(binary_outputs.values()) else "application/json"
    assert (reply.headers["content-type"], HEADER in reply.headers) == (kind, any(binary_outputs.values()))


def test_json_and_binary_inputs_may_be_mixed(models: Models) -> None:
    described = [
        {"name": "b", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]},
        {"name": "a", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": 8}},
    ]
    text = json.dumps({"inputs": described}).encode()

    reply = send(models, "/v2/models/add/infer", text + packed(A), {HEADER: str(len(text))})

    assert {name: array.tolist() for name, array in outputs(reply).items()} == {"c": SUM, "d": DIFFERENCE}


def test_a_json_request_may_ask_for_a_binary_answer(models: Models) -> None:
    asked = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}
    body = json.dumps({"inputs": [asked], "parameters": {"binary_data_output": True}}).encode()

    reply = send(models, "/v2/models/double/infer", body, {})

    assert forms(reply) == {"y_pred": True}
    assert outputs(reply)["y_pred"].tolist() == [[2.0, 4.0]]


def test_a_header_length_may_be_that_of_the_whole_body(models: Models) -> None:
    body = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]}).encode()

    reply = send(models, "/v2/models/double/infer", body, {HEADER: str(len(body))})

    assert outputs(reply)["y_pred"].tolist() == [[2.0, 4.0]]


@pytest.mark.parametrize(
    ("model", "array", "shape"),
    [
        ("double", np.ones((3, 2), np.float32), [3, 2]),
        ("double", np.ones((0, 2), np.float32), [0, 2]),
        ("free", np.ones(5, np.float32), [1, 5]),
        ("matrix", np.ones(24, np.float32), [2, 3, 4]),
        ("fixed", np.ones((2, 2), np.int16), [2, 2]),
        ("scalar", np.ones((), np.float32), []),
        ("echo-int64", np.ones(3, np.int64), [3]),
        ("rows-bool", np.ones(3, np.bool_), [3]),
    ],
)
def test_a_body_without_json_is_the_only_input(models: Models, model: str, array: Any, shape: list[int]) -> None:
    reply = raw(models, model, packed(array))

    (found,) = outputs(reply).values()
    assert (forms(reply), list(found.shape)) == ({reply.json["outputs"][0]["name"]: True}, shape)
    assert found.reshape(-1).tolist() == (array.reshape(-1) * (2 if model == "double" else 1)).tolist()


@pytest.mark.parametrize("model", ["echo-bytes", "rows-bytes", "word"])
def test_a_body_without_json_is_one_text(models: Models, model: str) -> None:
    reply = raw(models, model, "héllo\0".encode())

    assert outputs(reply)["y"].reshape(-1).tolist() == ["héllo\0"]


@pytest.mark.parametrize(
    ("model", "size", "words"),
    [
        ("add", 8, "model 'add' has 2 inputs: 'a', 'b'"),
        ("double", 9, "shape [-1, 2] needs a multiple of 8 bytes, but the body has 9"),
        ("matrix", 33, "shape [2, -1, 4] needs a multiple of 32 bytes, but the body has 33"),
        ("fixed", 6, "shape [2, 2] needs 8 bytes, but has 6"),
        ("words", 6, "one element of datatype BYTES, but input 'x' has shape [-1, 2]"),
        ("grid", 8, "more than one dimension of which is variable"),
    ],
)
def test_a_body_without_json_must_fit_the_only_input(models: Models, model: str, size: int, words: str) -> None:
    reply = raw(models, model, bytes(size))

    assert reply.status == 400
    assert words in reply.json["error"]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ("-1", "must be a number of bytes, not '-1'"),
        ("", "must be a number of bytes, not ''"),
        ("1e2", "must be a number of bytes, not '1e2'"),
        ("²", "must be a number of bytes, not '²'"),
        ("9" * 5000, "must be a number of bytes"),
        ("99", "is 99, but the body has 2 bytes"),
        ("1", "not valid JSON"),
    ],
)
def test_a_header_length_that_is_none_is_refused(models: Models, length: str, words: str) -> None:
    reply = send(models, "/v2/models/double/infer", b"{}", {HEADER: length})

    assert (reply.status, reply.json["code"]) == (400, "invalid_request")
    assert words in reply.json["error"]


@pytest.mark.parametrize(
    ("size", "tail", "words"),
    [
        (8, 7, "'x' has 'binary_data_size' 8, but the body has only 7 bytes left"),
        (8, 10, "has 2 bytes more than its inputs take"),
        (7, 7, "'x' of datatype FP32 and shape [1, 2] needs 8 bytes, but has 7"),
        (-1, 8, "'x' has 'binary_data_size' -1: it must be the number of its bytes"),
        (8.0, 8, "'x' has 'binary_data_size' 8.0"),
        (True, 8, "'x' has 'binary_data_size' True"),
        (None, 8, "'x' has 'binary_data_size' None"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(models: Models, size: Any, tail: int, words: str) -> None:
    item = {"name": "x", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": size}}
    text = json.dumps({"inputs": [item]}).encode()

    reply = send(models, "/v2/models/double/infer", text + bytes(tail), {HEADER: str(len(text))})

    assert reply.status == 400
    assert words in reply.json["error"]


@pytest.mark.parametrize(
    ("item", "rest", "words"),
    [
        ({"parameters": {"binary_data_size": 8}}, {}, "no header Inference-Header-Content-Length"),
        ({"parameters": []}, {}, "Input 'x' has 'parameters' that are no object"),
        ({"data": [1, 2]}, {"parameters": {"binary_data_output": 1}}, "'binary_data_output' 1: it must be true or"),
        ({"data": [1, 2]}, {"parameters": "binary"}, "The request has 'parameters' that are no object"),
        (
            {"data": [1, 2]},
            {"outputs": [{"name": "y_pred", "parameters": {"binary_data": "yes"}}]},
            "Output 'y_pred' has 'binary_data' 'yes': it must be true or false",
        ),
    ],
)
def test_parameters_of_another_type_are_refused(
    models: Models, item: dict[str, Any], rest: dict[str, Any], words: str
) -> None:
    asked = {"name": "x", "datatype": "FP32", "shape": [1, 2], **item}

    reply = send(models, "/v2/models/double/infer", json.dumps({"inputs": [asked], **rest}).encode(), {})

    assert reply.status == 400
    assert words in reply.json["error"]


@pytest.mark.parametrize("numbers", [[1, 2], [float("nan"), -0.0], list(range(1000))])
def test_a_body_without_its_length_is_told_the_header(models: Models, numbers: list[float]) -> None:
    data = np.array(numbers, np.float32).tobytes()
    body, _ = request(("x", "FP32", [len(numbers) // 2, 2], data))

    reply = send(models, "/v2/models/double/infer", body, {})

    assert (reply.status, reply.json["code"]) == (400, "invalid_request")
    assert "needs the header Inference-Header-Content-Length" in reply.json["error"]


def test_an_input_that_is_both_json_and_binary_is_refused(models: Models) -> None:
    item = {
        "name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2], "parameters": {"binary_data_size": 8},
    }  # fmt: skip
    text = json.dumps({"inputs": [item]}).encode()

    reply = send(models, "/v2/models/double/infer", text + bytes(8), {HEADER: str(len(text))})

    assert reply.status == 400
    assert "Input 'x' has both 'data' and 'binary_data_size'" in reply.json["error"]


def test_an_input_that_is_both_a_reference_and_binary_is_refused() -> None:
    item = {
        "name": "x", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": 8, "reference": new_key()},
    }  # fmt: skip

    with pytest.raises(InvalidInput, match="Input 'x' has both 'reference' and 'binary_data_size'"):
        decode("double", "live", {"inputs": [item]})


@pytest.mark.parametrize(
    ("datatype", "shape", "words"),
    [
        ("FP64", [1, 1], "Input 'x' must have datatype FP32, but has FP64"),
        ("FP32", [2], "must have 2 dimensions [-1, 2], but has 1 [2]"),
        ("FP32", [2, 1], "must have 2 elements in dimension 1, but has 1"),
        ("STRING", [8], "unknown datatype 'STRING'"),
    ],
)
def test_a_binary_tensor_must_fit_the_signature(models: Models, datatype: str, shape: list[int], words: str) -> None:
    body, headers = request(("x", datatype, shape, bytes(8)))

    reply = send(models, "/v2/models/double/infer", body, headers)

    assert (reply.status, reply.json["code"]) == (400, "invalid_input")
    assert words in reply.json["error"]


items = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["x", "y"]),
        "datatype": st.sampled_from(["BYTES", "BOOL", "FP16", "INT64", "FP32", "BF16"]),
        "shape": st.lists(st.integers(0, 3) | st.integers(0, 2**31 - 1), max_size=4),
        "parameters": st.fixed_dictionaries({"binary_data_size": st.integers(-1, 30)}),
    }
)


@settings(max_examples=200, deadline=None)
@given(
    inputs=st.lists(items, min_size=1, max_size=2), tail=st.binary(max_size=40), length=st.none() | st.integers(0, 300)
)
@pytest.mark.parametrize("model", ["echo-bytes", "echo-bool", "echo-fp16", "free", "word"])
def test_whatever_bytes_come_the_answer_is_a_tensor_or_a_refusal(
    models: Models, model: str, inputs: list[dict[str, Any]], tail: bytes, length: int | None
) -> None:
    text = json.dumps({"inputs": inputs}).encode()
    headers = {HEADER: str(len(text) if length is None else length)}

    reply = send(models, f"/v2/models/{model}/infer", text + tail, headers)

    assert reply.status in (200, 400)


@pytest.mark.parametrize("raw_body", [False, True])
def test_no_copy_of_an_input_is_made_between_the_body_and_the_runtime(models: Models, raw_body: bool) -> None:
    text = json.dumps(
        {"inputs": [{"name": "x", "datatype": "FP32", "shape": [3, 2], "parameters": {"binary_data_size": 24}}]}
    ).encode()
    text += b" " * (-len(text) % 4)
    body, length = (bytes(24), 0) if raw_body else (text + bytes(24), len(text))
    asked = binary.decode(HttpRequest("POST", "/", {HEADER: str(length)}, body=body), "double", "live").request
    session = models.session("double")
    if asked.arrange is not None:
        asked = asked._replace(inputs=asked.arrange(session.manifest))

    arrays, _ = fit_inputs(session, asked)

    assert np.shares_memory(arrays["x"], np.frombuffer(body, np.uint8))
    assert arrays["x"].shape == (3, 2)
