"""Numbers lie in one place from the parser to the runtime, and from the runtime to the serialiser, wherever their
datatype allows it.
"""

import tracemalloc
from typing import Any

import numpy as np
import orjson
import pytest

from modelet.tensors.nested import Array, JsonTensor, to_array, to_json
from modelet.tensors.parsing import parse


def owner(array: Array) -> Array:
    """The array at the end of a chain of views."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


@pytest.mark.parametrize("number", [0.5, 2**60 + 1], ids=["floats", "large integers"])
@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 2, 3)], ids=len)
def test_what_was_parsed_is_the_parsers_own_buffer(number: float, shape: tuple[int, ...]) -> None:
    read = parse(orjson.dumps({"x": np.full(shape, number)}, option=orjson.OPT_SERIALIZE_NUMPY))

    assert read is not None
    assert read["x"].shape == shape
    assert not owner(read["x"]).flags.owndata


@pytest.mark.parametrize(("held", "datatype"), [("float64", "FP64"), ("int64", "INT64")])
@pytest.mark.parametrize("declared", [None, (2, 3)])
def test_what_has_its_datatype_already_is_not_copied(
    held: str, datatype: str, declared: tuple[int, ...] | None
) -> None:
    numbers = np.arange(6, dtype=held).reshape(2, 3)

    array = to_array("x", JsonTensor(numbers, datatype, declared), datatype)

    assert np.shares_memory(array, numbers)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64", "uint64", "bool"])
def test_what_is_serialised_is_the_array_itself(dtype: str) -> None:
    array = np.ones((2, 3), dtype)

    held: Any = to_json(array)

    assert np.shares_memory(held, array)


def test_looking_at_the_range_of_numbers_makes_no_copy_of_them() -> None:
    numbers = np.zeros((1000, 1000))

    tracemalloc.start()
    to_array("x", JsonTensor(numbers), "FP64")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < numbers.nbytes / 8
