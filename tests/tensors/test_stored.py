"""Tensors as files: what numpy saves comes back bit for bit, and nothing else is taken for a tensor."""

import io
import pickle
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from modelet.errors import InvalidInput
from modelet.tensors.datatypes import DATATYPES, NUMPY_NAMES
from modelet.tensors.stored import MAGIC, read_stored

NUMERIC = [datatype for datatype in DATATYPES if datatype != "BYTES"]
SHAPES: list[tuple[int, ...]] = [(), (1,), (5,), (0,), (2, 3), (3, 0, 2), (2, 3, 4)]
Bytes = npt.NDArray[np.uint8]


def stored(data: bytes) -> Bytes:
    return np.frombuffer(bytearray(data), np.uint8)


def saved(array: npt.NDArray[Any], version: tuple[int, int] | None = None) -> Bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version, allow_pickle=False)
    return stored(file.getvalue())


def with_header(header: bytes, numbers: bytes = bytes(8), magic: bytes = MAGIC + b"\x01\x00") -> Bytes:
    width = 2 if magic[6:7] == b"\x01" else 4
    return stored(magic + len(header).to_bytes(width, "little") + header + numbers)


def numbers_of(datatype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    dtype = np.dtype(NUMPY_NAMES[datatype])
    bits = np.random.default_rng(7).integers(0, 256, (*shape, dtype.itemsize), np.uint8)
    return (bits % 2 if datatype == "BOOL" else bits).view(dtype).reshape(shape)


def assert_same(found: npt.NDArray[Any], expected: npt.NDArray[Any]) -> None:
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert found.tobytes() == expected.tobytes()
    assert found.flags.c_contiguous
    assert found.flags.aligned


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("datatype", NUMERIC)
def test_raw_bytes_are_the_tensor_bit_for_bit(datatype: str, shape: tuple[int, ...]) -> None:
    expected = numbers_of(datatype, shape)

    assert_same(read_stored("x", stored(expected.tobytes()), datatype, shape), expected)


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("datatype", NUMERIC)
def test_a_npy_file_is_the_tensor_bit_for_bit(datatype: str, shape: tuple[int, ...], version: tuple[int, int]) -> None:
    expected = numbers_of(datatype, shape)

    assert_same(read_stored("x", saved(expected, version), datatype, None), expected)


def test_a_file_in_columns_is_read_in_rows() -> None:
    expected = numbers_of("FP32", (3, 4, 5))

    assert_same(read_stored("x", saved(np.asfortranarray(expected)), "FP32", None), expected)


def test_a_file_of_big_endian_numbers_is_turned_around() -> None:
    expected = np.array([1, 2**40, -3], np.int64)

    assert_same(read_stored("x", saved(expected.astype(">i8")), "INT64", None), expected)


def test_numbers_at_an_odd_place_are_aligned() -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"

    found = read_stored("x", with_header(header, np.array([1.5, 2.5]).tobytes()), "FP64", None)

    assert_same(found, np.array([1.5, 2.5]))


def test_raw_texts_come_with_their_lengths() -> None:
    found = read_stored("x", stored(b"\x02\x00\x00\x00\xc3\xa9\x00\x00\x00\x00"), "BYTES", (2,))

    assert found.tolist() == ["é", ""]


def test_raw_bfloat16_is_widened() -> None:
    found = read_stored("x", stored(b"\xc0\x3f\x20\xc0"), "BF16", (2,))

    assert_same(found, np.array([1.5, -2.5], np.float32))


@pytest.mark.parametrize(
    ("size", "shape", "expected"),
    [(24, (-1, 2), (3, 2)), (24, (3, -1), (3, 2)), (0, (-1, 2), (0, 2)), (0, (-1, 0), (0, 0)), (8, (-1,), (2,))],
)
def test_one_size_that_nobody_declares_follows_from_the_number_of_bytes(
    size: int, shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert read_stored("x", stored(bytes(size)), "FP32", shape).shape == expected


@pytest.mark.parametrize(
    ("size", "shape"), [(23, (-1, 2)), (28, (-1, 2)), (23, (3, 2)), (25, (3, 2)), (4, (-1, 0)), (4, (0,)), (0, ())]
)
def test_too_few_or_too_many_bytes_are_refused(size: int, shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match=rf"Input 'x' .*needs \d+ bytes, but has {size}\."):
        read_stored("x", stored(bytes(size)), "FP32", shape)


@pytest.mark.parametrize(("datatype", "shape"), [("FP32", None), ("FP32", (-1, -1)), ("BYTES", (-1,))])
def test_raw_bytes_of_unknown_shape_ask_for_one(datatype: str, shape: tuple[int, ...] | None) -> None:
    with pytest.raises(InvalidInput, match="unknown shape: send a 'shape'"):
        read_stored("x", stored(bytes(8)), datatype, shape)


@pytest.mark.parametrize("data", [b"\x02\x00", bytes(saved(np.array([True, False])))[:-2] + b"\x02\x00"])
def test_a_flag_is_0_or_1(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="BOOL"):
        read_stored("x", stored(data), "BOOL", (2,))


def test_another_datatype_than_the_models_says_what_to_save() -> None:
    with pytest.raises(InvalidInput, match=r"must have datatype FP32, but the .npy file holds float64: save array"):
        read_stored("x", saved(np.ones(2)), "FP32", None)


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was read",))


def pickled() -> Bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    return with_header(header, pickle.dumps(np.array([Evil()], object)))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(pickled(), id="a pickle"),
        pytest.param(saved(np.array(["text"])), id="text"),
        pytest.param(saved(np.zeros(2, [("a", "<f4")])), id="fields"),
        pytest.param(saved(np.zeros(2, np.complex64)), id="complex numbers"),
        pytest.param(saved(np.zeros(2, "datetime64[s]")), id="dates"),
        pytest.param(stored(MAGIC), id="nothing but the magic"),
        pytest.param(stored(MAGIC + b"\x01\x00\xff\xff"), id="a header that is not there"),
        pytest.param(stored(MAGIC + b"\x02\x00\xff\xff\xff\xff" + bytes(99)), id="a header of 4 GB"),
        pytest.param(with_header(b"(" * 4000), id="a nested header"),
        pytest.param(
            with_header(b"{'descr': '<f1', 'fortran_order': False, 'shape': (8,), }"), id="floats of one byte"
        ),
        pytest.param(with_header(b"{'descr': '<b4', 'fortran_order': False, 'shape': (2,), }"), id="wide booleans"),
        pytest.param(with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }"), id="a negative size"),
        pytest.param(with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (True,), }"), id="a size of True"),
        pytest.param(with_header(b"{'descr': '<f4', 'fortran_order': 1, 'shape': (2,), }"), id="an order of 1"),
        pytest.param(with_header(b"__import__('os').abort()"), id="code"),
        pytest.param(with_header(b""), id="an empty header"),
        pytest.param(with_header(b"{" + b" " * 4090), id="an endless header"),
        pytest.param(
            with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", magic=MAGIC + b"\x03\x00"),
            id="a version for fields only",
        ),
        pytest.param(
            with_header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}"), id="an unknown key"
        ),
    ],
)
def test_a_file_of_anything_but_plain_numbers_is_refused(data: Bytes) -> None:
    with pytest.raises(InvalidInput, match="of which only plain numbers are read"):
        read_stored("x", data, "FP32", None)


@pytest.mark.parametrize(
    "sizes", [b"3,", b"1,", b"4294967296, 4294967296", b"0, " + b"9" * 400, b"1, " * 65, b"2, 18446744073709551616"]
)
def test_a_shape_that_the_file_has_no_bytes_for_is_refused(sizes: bytes) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % sizes

    with pytest.raises(InvalidInput, match="with 8 bytes of numbers"):
        read_stored("x", with_header(header), "FP32", None)


def test_text_is_not_read_from_npy_files() -> None:
    with pytest.raises(InvalidInput, match="neither objects nor text nor fields"):
        read_stored("x", saved(np.array([1.0])), "BYTES", None)
