"""What callers hand in becomes what the model takes, or is refused with the name of the input."""

from typing import Any

import numpy as np
import pytest

from modelet.client.fitting import fitted
from modelet.errors import InvalidInput


def fit(value: Any, datatype: str, shape: tuple[int, ...] = (-1,)) -> Any:
    return fitted("x", value, {"datatype": datatype, "shape": list(shape)})


@pytest.mark.parametrize(
    ("value", "datatype", "dtype"),
    [
        ([1, 2], "FP32", "float32"),
        ([0.1, 2], "FP32", "float32"),
        (np.array([0.1, 2]), "FP32", "float32"),
        (np.array([1.5], np.float32), "FP64", "float64"),
        (np.array([1.5], np.float32), "FP16", "float16"),
        ([1, 2], "INT8", "int8"),
        (np.array([1, 2], np.uint8), "INT64", "int64"),
        ([True, False], "BOOL", "bool"),
        ([True, False], "FP32", "float32"),
        ([], "INT64", "int64"),
        ([], "BYTES", "object"),
        (["a", "é"], "BYTES", "object"),
    ],
)
def test_what_can_be_converted_is(value: Any, datatype: str, dtype: str) -> None:
    array = fit(value, datatype)

    assert array.dtype == dtype
    assert array.tolist() == np.asarray(value).astype(dtype).tolist()


@pytest.mark.parametrize(
    ("value", "datatype", "message"),
    [
        ([300], "UINT8", r"'x' is of datatype UINT8 \(0 to 255\), but holds 300"),
        ([-1], "UINT64", r"but holds -1"),
        ([1.5], "INT64", r"'x' is of datatype INT64, but an array of dtype float64"),
        ([1], "BOOL", "an array of dtype int64"),
        ([1e300], "FP32", "FP32, which cannot hold all of its numbers"),
        ([70000.0], "FP16", "FP16, which cannot hold"),
        ([1j], "FP32", "complex128"),
        (["1"], "FP32", "<U1"),
        ([1], "BYTES", r"'x' takes text or bytes \(BYTES\), but is of dtype int64"),
        ([b"\xff"], "BYTES", "is none"),
        (["\udc00"], "BYTES", "is none"),
        ([None], "BYTES", "'x' takes text .BYTES., and None is none"),
        ([[1, 2], [3]], "FP32", "'x' is no array"),
    ],
)
def test_what_would_be_cut_off_or_guessed_is_refused(value: Any, datatype: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        fit(value, datatype)


def test_bytes_are_text() -> None:
    assert fit([[b"a"], ["\xc3\xa9".encode("latin-1")]], "BYTES").tolist() == [["a"], ["é"]]


def test_nan_and_infinity_are_floats_like_any() -> None:
    array = fit([np.nan, np.inf, -np.inf], "FP16")

    np.testing.assert_array_equal(array, np.array([np.nan, np.inf, -np.inf], np.float16))


def test_an_array_that_fits_is_handed_on() -> None:
    array = np.ones(3, np.float32)

    assert fit(array, "FP32") is array


def test_a_flat_list_fills_a_column() -> None:
    assert fit([1, 2, 3], "FP32", (-1, 1)).shape == (3, 1)
    assert fit([1, 2, 3], "FP32", (-1, 3)).shape == (3,)
