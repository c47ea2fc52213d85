"""Every datatype in every shape by every codec: what goes through a model that hands its input on comes back bit for
bit.
"""

import gzip
import json
import zlib
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelet.predict import Models
from modelet.tensors.datatypes import DATATYPES
from tests.protocols.binary_bodies import DTYPES, HEADER, Reply, outputs, packed, request, send
from tests.published import serve, zoo_store

shapes = st.lists(st.integers(0, 5), max_size=4).map(tuple)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@pytest.fixture(scope="module")
def models() -> Models:
    return serve(zoo_store("memory://round-trips"))


def tensor(draw: st.DrawFn, datatype: str, shape: tuple[int, ...]) -> Any:
    """Any bits there are, NaNs with a payload among them."""
    if datatype == "BYTES":
        array = np.empty(prod(shape), object)
        array[:] = draw(st.lists(texts, min_size=prod(shape), max_size=prod(shape)))
        return array.reshape(shape)
    dtype = np.dtype(DTYPES[datatype])
    size = prod(shape) * dtype.itemsize
    bits = np.frombuffer(draw(st.binary(min_size=size, max_size=size)), np.uint8)
    return (bits & 1 if datatype == "BOOL" else bits).view(dtype).reshape(shape)


@st.composite
def tensors(draw: st.DrawFn, datatype: str) -> Any:
    return tensor(draw, datatype, draw(shapes))


def finite(array: Any) -> Any:
    """The numbers for which JSON has a token, and 1 for each of the others."""
    return np.where(np.isfinite(array), array, array.dtype.type(1)) if array.dtype.kind == "f" else array


def ask_json(models: Models, datatype: str, array: Any, data: Any) -> Reply:
    asked = {"name": "x", "datatype": datatype, "shape": list(array.shape), "data": data}
    body = json.dumps({"inputs": [asked]}).encode()
    return send(models, f"/v2/models/echo-{datatype.lower()}/infer", body, {})


def json_flat(models: Models, datatype: str, array: Any) -> Reply:
    return ask_json(models, datatype, array, array.reshape(-1).tolist())


def json_nested(models: Models, datatype: str, array: Any) -> Reply:
    return ask_json(models, datatype, array, array.tolist())


def binary(models: Models, datatype: str, array: Any) -> Reply:
    body, headers = request(("x", datatype, list(array.shape), packed(array)), parameters={"binary_data_output": True})
    return send(models, f"/v2/models/echo-{datatype.lower()}/infer", body, headers)


def compressed(models: Models, datatype: str, array: Any, coding: str) -> Reply:
    body, headers = request(("x", datatype, list(array.shape), packed(array)), parameters={"binary_data_output": True})
    deflate, inflate = (gzip.compress, gzip.decompress) if coding == "gzip" else (zlib.compress, zlib.decompress)
    headers |= {"content-encoding": coding, "accept-encoding": coding}
    reply = send(models, f"/v2/models/echo-{datatype.lower()}/infer", deflate(body), headers)
    return Reply(reply.status, reply.headers, inflate(reply.body)) if "content-encoding" in reply.headers else reply


def gzipped(models: Models, datatype: str, array: Any) -> Reply:
    return compressed(models, datatype, array, "gzip")


def deflated(models: Models, datatype: str, array: Any) -> Reply:
    return compressed(models, datatype, array, "deflate")


JSON_CODECS = (json_flat, json_nested)
BINARY_CODECS = (binary, gzipped, deflated)

Codec = Callable[[Models, str, Any], Reply]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("codec", [*JSON_CODECS, *BINARY_CODECS], ids=lambda codec: codec.__name__)
@pytest.mark.parametrize("datatype", DATATYPES)
def test_what_went_in_comes_out_bit_for_bit(models: Models, datatype: str, codec: Codec, data: st.DataObject) -> None:
    given = data.draw(tensors(datatype))
    array = finite(given) if codec in JSON_CODECS else given

    reply = codec(models, datatype, array)

    found = outputs(reply)["y"]
    assert reply.json["outputs"][0]["datatype"] == datatype
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert packed(found) == packed(array)


@settings(max_examples=60, deadline=None)
@given(text=texts)
@example(text="a\0b")
@example(text="\0")
@pytest.mark.parametrize("codec", [json_flat, binary], ids=lambda codec: codec.__name__)
def test_text_is_handed_on_whatever_its_characters(models: Models, codec: Codec, text: str) -> None:
    array = np.array([text], object)

    assert outputs(codec(models, "BYTES", array))["y"].tolist() == [text]


@settings(max_examples=60, deadline=None)
@given(bits=st.binary(min_size=2, max_size=64).filter(lambda held: len(held) % 2 == 0))
def test_bfloat16_is_widened_exactly_for_a_model_that_takes_fp32(models: Models, bits: bytes) -> None:
    halves = np.frombuffer(bits, "<u2")
    body, headers = request(("x", "BF16", [len(halves)], bits), parameters={"binary_data_output": True})

    reply = send(models, "/v2/models/echo-fp32/infer", body, headers)

    found = outputs(reply)["y"]
    assert reply.json["outputs"][0]["datatype"] == "FP32"
    assert np.array_equal(found.view(np.uint32), halves.astype(np.uint32) << 16)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1.0, 1.0),
        (1.00390625, 1.0),  # halfway: to the even pattern
        (1.01171875, 1.015625),
        (1.0039062500000002, 1.0078125),  # by way of FP32 it would be halfway
        (-1.00390625, -1.0),
        (3.3895313892515355e38, 3.3895313892515355e38),
        (3.39e38, 3.3895313892515355e38),
        (9.183549615799121e-41, 9.183549615799121e-41),  # the least there is
        (4.591774807899561e-41, 0.0),
    ],
)
def test_bfloat16_in_json_is_rounded_to_the_nearest_even(models: Models, number: float, expected: float) -> None:
    asked = {"name": "x", "datatype": "BF16", "shape": [1], "data": [number]}

    reply = send(models, "/v2/models/echo-fp32/infer", json.dumps({"inputs": [asked]}).encode(), {})

    assert outputs(reply)["y"].tolist() == [expected]


@pytest.mark.parametrize(
    ("model", "datatype", "data", "words"),
    [
        ("echo-fp32", "BF16", 3.4e38, "has datatype BF16 (up to 3.38953e+38), but holds 3.4e+38"),
        ("echo-fp16", "FP16", 65520, "has datatype FP16 (up to 65504), but holds 65520"),
        ("echo-fp16", "BF16", 1.0, "must have datatype FP16, but the request declares BF16"),
        ("echo-fp64", "BF16", 1.0, "must have datatype FP64, but the request declares BF16"),
        ("echo-fp32", "BF16", True, "must have elements of datatype BF16, but one of them is true or false"),
    ],
)
def test_what_a_narrow_float_cannot_hold_is_refused(
    models: Models, model: str, datatype: str, data: Any, words: str
) -> None:
    asked = {"name": "x", "datatype": datatype, "shape": [1], "data": [data]}

    reply = send(models, f"/v2/models/{model}/infer", json.dumps({"inputs": [asked]}).encode(), {})

    assert (reply.status, reply.json["code"]) == (400, "invalid_input")
    assert words in reply.json["error"]


def test_binary_lengths_are_those_of_the_inflated_body(models: Models) -> None:
    array = np.zeros((1000, 2), np.float32)
    body, headers = request(("x", "FP32", [1000, 2], packed(array)), parameters={"binary_data_output": True})
    sent = gzip.compress(body)

    reply = send(
        models, "/v2/models/double/infer", sent, headers | {"content-encoding": "gzip", "accept-encoding": "gzip"}
    )

    assert len(sent) < int(headers[HEADER]) < len(body)
    assert reply.headers["content-encoding"] == "gzip"
    assert len(reply.body) < int(reply.headers[HEADER]) + array.nbytes
    assert outputs(Reply(200, reply.headers, gzip.decompress(reply.body)))["y_pred"].tolist() == array.tolist()
