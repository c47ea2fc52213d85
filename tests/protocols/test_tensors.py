"""Where the fast road and the strict one meet: whichever reads a request, the arrays are the same, or the words are."""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelet.errors import InvalidInput, InvalidRequest
from modelet.messages import HttpRequest, InferRequest, InferResponse
from modelet.protocols import simple
from modelet.protocols.body import parse_object
from modelet.protocols.tensors import SMALL_BODY, parse_tensors
from modelet.protocols.v2 import infer as v2
from modelet.tensors.datatypes import DATATYPES
from modelet.tensors.nested import JsonTensor, to_array
from tests.tensors.json_texts import objects, tensors, values

thorough = settings(max_examples=60, deadline=None)
shapes = st.lists(st.integers(0, 3), max_size=3)


def outcome(read: Callable[[], dict[str, Any]], protocol: str, datatype: str) -> Any:
    """The arrays that a request leads to, byte for byte, or what is said of it."""
    try:
        parsed = read()
        request = v2.decode("m", "live", parsed).request if protocol == "v2" else simple.decode("m", "live", parsed)
        arrays = {name: converted(name, tensor, datatype) for name, tensor in request.inputs.items()}
    except (InvalidInput, InvalidRequest) as error:
        return type(error), error.message
    return arrays, request.outputs, request.id


def converted(name: str, tensor: Any, datatype: str) -> Any:
    array = to_array(name, tensor, datatype)
    return array.dtype, array.shape, array.tolist() if array.dtype == object else array.tobytes()


def assert_both_roads_agree(text: str, protocol: str, datatype: str) -> None:
    request = HttpRequest("POST", "/", body=text.encode().ljust(SMALL_BODY))
    key = "data" if protocol == "v2" else None

    fast = outcome(lambda: parse_tensors(request, key), protocol, datatype)

    assert fast == outcome(lambda: parse_object(request), protocol, datatype)


@thorough
@given(text=objects(tensors() | values))
@pytest.mark.parametrize("datatype", DATATYPES)
def test_both_roads_lead_a_simple_request_to_the_same_arrays_or_words(datatype: str, text: str) -> None:
    assert_both_roads_agree(text, "simple", datatype)


@thorough
@given(data=tensors() | values, shape=shapes)
@example(data="[1, 2]", shape=[1] * 300)
@example(data="[]", shape=[0])
@pytest.mark.parametrize("datatype", DATATYPES)
def test_both_roads_lead_a_v2_request_to_the_same_arrays_or_words(datatype: str, data: str, shape: list[int]) -> None:
    tensor = f'{{"name": "x", "datatype": "{datatype}", "shape": {shape}, "data": {data}}}'

    assert_both_roads_agree(f'{{"id": "7", "inputs": [{tensor}]}}', "v2", datatype)


def test_a_body_that_says_it_is_compressed_is_refused_though_it_reads_as_json() -> None:
    request = HttpRequest("POST", "/", {"content-encoding": "gzip"}, body=b'{"x": [1]}'.ljust(SMALL_BODY))

    with pytest.raises(InvalidRequest, match="'gzip'"):
        parse_tensors(request)


@pytest.mark.parametrize(("size", "imported"), [(SMALL_BODY - 1, False), (SMALL_BODY, True)])
def test_only_a_body_of_some_size_imports_the_parser(size: int, imported: bool) -> None:
    code = f"""
import sys
from modelet.messages import HttpRequest
from modelet.protocols import simple

assert simple.parse_tensors(HttpRequest("POST", "/", body=b'{{"x": [1]}}'.ljust({size})))["x"] == [1]
print("simdjson" in sys.modules)
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(imported)


NOTHING_SPECIAL = v2.Asked(InferRequest("m", "live", {}))
ROWS, COLUMNS = 1000, 64
AS_PYTHON_NUMBERS = (24 + 8) * ROWS * COLUMNS
"""What they take: a float, and its place in a list."""


@pytest.mark.parametrize("datatype", ["FP16", "FP32", "FP64", "INT8", "INT64", "UINT64"])
@pytest.mark.parametrize("nested", [True, False])
def test_numbers_go_from_body_to_array_without_being_python_numbers(datatype: str, nested: bool) -> None:
    numbers = np.arange(ROWS * COLUMNS) % 100 + 0.0
    data = numbers.reshape(ROWS, COLUMNS) if nested else numbers
    tensor = {"name": "x", "datatype": datatype, "shape": [ROWS, COLUMNS], "data": data}
    request = HttpRequest("POST", "/", body=orjson.dumps({"inputs": [tensor]}, option=orjson.OPT_SERIALIZE_NUMPY))

    tracemalloc.start()
    decoded = v2.decode("m", "live", parse_tensors(request, "data")).request.inputs["x"]
    assert isinstance(decoded, JsonTensor)
    array = to_array("x", decoded, datatype)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert array.shape == (ROWS, COLUMNS)
    assert peak < AS_PYTHON_NUMBERS


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_numbers_go_from_array_to_body_without_being_python_numbers(dtype: str) -> None:
    array = (np.arange(ROWS * COLUMNS) % 1000 * 10.5).reshape(ROWS, COLUMNS).astype(dtype)
    answer = InferResponse("m", 1, {"y": array})

    tracemalloc.start()
    response = v2.encode(answer, NOTHING_SPECIAL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert response.status == 200
    assert peak < AS_PYTHON_NUMBERS + 100_000  # the serialiser's own buffer, of 32 bytes for each number


def test_doubles_are_never_copied_once_they_are_parsed() -> None:
    data = np.arange(ROWS) + 0.5
    tensor = {"name": "x", "datatype": "FP64", "shape": [ROWS, 1], "data": data}
    request = HttpRequest("POST", "/", body=orjson.dumps({"inputs": [tensor]}, option=orjson.OPT_SERIALIZE_NUMPY))

    parsed = parse_tensors(request, "data")
    decoded = v2.decode("m", "live", parsed).request.inputs["x"]
    assert isinstance(decoded, JsonTensor)
    array = to_array("x", decoded, "FP64")

    assert array.tolist() == data.reshape(ROWS, 1).tolist()
    assert np.shares_memory(array, parsed["inputs"][0]["data"])


def test_outputs_are_serialised_from_where_the_model_left_them() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    answer = InferResponse("m", 1, {"y": array})

    flat, nested = v2.describe("y", array), simple.encode(answer)

    assert np.shares_memory(flat["data"], array)
    assert nested["y"] is array
