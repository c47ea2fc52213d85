"""Tensors as raw bytes: views where that is possible, and every way in which bytes are no tensor."""

import numpy as np
import pytest

from modelet.errors import InvalidInput
from modelet.tensors.binary import DTYPES, from_bytes, to_bytes

NUMBERS = [datatype for datatype in DTYPES if datatype != "BOOL"]


@pytest.mark.parametrize("datatype", [*NUMBERS, "BOOL"])
def test_an_aligned_tensor_is_a_view_on_its_bytes(datatype: str) -> None:
    dtype = DTYPES[datatype]
    body = bytes(16) + np.ones((2, 3), dtype).tobytes()

    array = from_bytes("x", memoryview(body)[16:], datatype, (2, 3))

    assert np.shares_memory(array, np.frombuffer(body, np.uint8))
    assert (array.dtype, array.tolist()) == (dtype, np.ones((2, 3), dtype).tolist())
    assert not array.flags.writeable


@pytest.mark.parametrize("datatype", [name for name in NUMBERS if DTYPES[name].itemsize > 1])
def test_a_tensor_between_two_places_for_its_elements_is_copied_to_one(datatype: str) -> None:
    dtype = DTYPES[datatype]
    body = bytes(1) + np.arange(6, dtype=dtype).tobytes()

    array = from_bytes("x", memoryview(body)[1:], datatype, (2, 3))

    assert array.flags.aligned
    assert array.flags.c_contiguous
    assert array.tolist() == np.arange(6, dtype=dtype).reshape(2, 3).tolist()


@pytest.mark.parametrize("datatype", [*NUMBERS, "BOOL", "BF16", "BYTES"])
@pytest.mark.parametrize("shape", [(0,), (2, 0, 3), (0, 2**31 - 1)], ids=str)
def test_a_tensor_without_elements_has_no_bytes(datatype: str, shape: tuple[int, ...]) -> None:
    assert from_bytes("x", b"", datatype, shape).shape == shape


@pytest.mark.parametrize("shape", [(1,) * 65, (2**31 - 1,) * 3], ids=["rank", "elements"])
def test_a_shape_that_no_tensor_has_is_refused_before_anything_is_made(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="which no tensor can have"):
        from_bytes("x", b"", "INT8", shape)


@pytest.mark.parametrize(
    ("datatype", "shape", "size", "words"),
    [
        ("FP32", (2, 3), 23, "'x' of datatype FP32 and shape [2, 3] needs 24 bytes, but has 23"),
        ("FP32", (2, 3), 25, "'x' of datatype FP32 and shape [2, 3] needs 24 bytes, but has 25"),
        ("BF16", (2,), 8, "'x' of datatype BF16 and shape [2] needs 4 bytes, but has 8"),
        ("BOOL", (), 0, "'x' of datatype BOOL and shape [] needs 1 bytes, but has 0"),
        ("INT64", (0,), 8, "'x' of datatype INT64 and shape [0] needs 0 bytes, but has 8"),
        ("BYTES", (2**20, 2**20), 8, "needs at least 4398046511104 bytes for the lengths of its elements, but has 8"),
    ],
)
def test_another_number_of_bytes_is_refused(datatype: str, shape: tuple[int, ...], size: int, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        from_bytes("x", bytes(size), datatype, shape)

    assert words in refused.value.message


def test_a_bool_is_0_or_1() -> None:
    assert from_bytes("x", b"\0\1\1", "BOOL", (3,)).tolist() == [False, True, True]
    with pytest.raises(InvalidInput, match="whose bytes are 0 and 1, but its element 4 is 255"):
        from_bytes("x", b"\0\1\1\0\xff\2", "BOOL", (2, 3))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\1\0\0\0a\1\0\0", "needs 9 bytes for its elements up to 1, but has 8"),
        (b"\1\0\0\0a\2\0\0\0b", "needs 11 bytes for its elements up to 1, but has 10"),
        (b"\1\0\0\0a\xff\xff\xff\xffb", "needs 4294967304 bytes for its elements up to 1, but has 10"),
        (b"\1\0\0\0a\1\0\0\0bc", "takes 10 bytes, but has 11"),
        (b"\1\0\0\0a\1\0\0\0\xff", "element 1 is not valid UTF-8"),
        (b"\1\0\0\0a\3\0\0\0\xed\xa0\x80", "element 1 is not valid UTF-8"),
    ],
)
def test_text_that_its_lengths_do_not_fit_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        from_bytes("x", data, "BYTES", (2,))

    assert words in refused.value.message


@pytest.mark.parametrize("array", [np.ones((2, 3), np.float32), np.ones((), np.int8), np.ones(0, np.float16)], ids=str)
def test_an_array_is_written_from_where_it_lies(array: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    data = to_bytes(array)

    assert bytes(data) == array.tobytes()
    assert np.shares_memory(np.frombuffer(data, np.uint8), array) == bool(array.size)


def test_an_array_that_lies_otherwise_is_written_row_by_row() -> None:
    array = np.arange(6, dtype=np.int16).reshape(2, 3).T

    assert bytes(to_bytes(array)) == b"\0\0\3\0\1\0\4\0\2\0\5\0"
