"""Whether two forms of a model answer the same: floating-point numbers nearly, everything else exactly."""

from typing import Any

import numpy as np
import pytest

from modelet.publish.comparing import TOLERANCE, largest_difference, same

Array = np.ndarray[Any, Any]

VALUES = np.array([[1.0, -100.0], [0.25, 3.0]], np.float32)

SAME: dict[str, tuple[Array, Array]] = {
    "equal": (VALUES, VALUES.copy()),
    "within the tolerance of the largest": (VALUES, VALUES + np.float32(99 * TOLERANCE)),
    "half precision": (VALUES.astype(np.float16), (VALUES * (1 + 2**-11)).astype(np.float16)),
    "not a number, both": (np.array([np.nan, 1.0]), np.array([np.nan, 1.0])),
    "infinite, both": (np.array([np.inf, -np.inf, 1.0]), np.array([np.inf, -np.inf, 1.0])),
    "whole numbers": (np.arange(4), np.arange(4)),
    "texts": (np.array(["a", "b"], object), np.array(["a", "b"], object)),
    "nothing": (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)),
}
OTHER: dict[str, tuple[Array, Array]] = {
    "beyond the tolerance": (VALUES, VALUES + np.float32(101 * TOLERANCE)),
    "one element": (VALUES, np.where(VALUES == 0.25, np.float32(0.5), VALUES)),
    "a zero model": (np.zeros(2), np.array([0.0, 1e-9])),
    "not a number, one": (np.array([1.0, np.nan]), np.array([1.0, 2.0])),
    "infinite, the other way": (np.array([np.inf]), np.array([-np.inf])),
    "shape": (VALUES, VALUES[:1]),
    "datatype": (VALUES, VALUES.astype(np.float64)),
    "a label": (np.array([3, 1000]), np.array([3, 1001])),
    "a flag": (np.array([True]), np.array([False])),
    "a text": (np.array(["a"], object), np.array(["b"], object)),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_these_are_the_same(pair: tuple[Array, Array]) -> None:
    assert same([VALUES, pair[0]], [VALUES, pair[1]])


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_these_are_not(pair: tuple[Array, Array]) -> None:
    assert not same([VALUES, pair[0]], [VALUES, pair[1]])
    assert not same([VALUES, pair[1]], [VALUES, pair[0]])


def test_the_largest_difference_is_that_of_any_output() -> None:
    shifted = VALUES + np.float32(0.5)

    assert largest_difference([VALUES, VALUES], [VALUES, shifted]) == 0.5
    assert largest_difference([np.arange(3)], [np.array([0, 1, 5])]) == 3.0
    assert largest_difference([np.array([np.inf, 1.0])], [np.array([np.inf, 1.25])]) == 0.25
    assert largest_difference([np.array(["a"], object)], [np.array(["b"], object)]) == 0.0
    assert largest_difference([VALUES], [VALUES[:1]]) == 0.0
