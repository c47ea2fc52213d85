"""Shapes against a signature: a misfit says which dimension."""

import pytest

from modelet.manifest import TensorSpec


@pytest.mark.parametrize(
    ("expected", "actual"),
    [((2, 3), (2, 3)), ((-1, 3), (0, 3)), ((-1, -1), (5, 6)), ((), ()), (None, ()), (None, (1, 2, 3))],
)
def test_a_shape_that_fits(expected: tuple[int, ...] | None, actual: tuple[int, ...]) -> None:
    assert TensorSpec("x", "FP32", expected).mismatch(actual) is None


@pytest.mark.parametrize(
    ("expected", "actual", "problem"),
    [
        ((-1, 4), (2, 5), "must have 4 elements in dimension 1, but has 5 (shape [2, 5], expected [-1, 4])"),
        ((1, 4), (0, 4), "must have 1 elements in dimension 0, but has 0 (shape [0, 4], expected [1, 4])"),
        ((-1, 4), (4,), "must have 2 dimensions [-1, 4], but has 1 [4]"),
        ((), (1,), "must have 0 dimensions [], but has 1 [1]"),
    ],
)
def test_a_shape_that_does_not_fit_says_where(expected: tuple[int, ...], actual: tuple[int, ...], problem: str) -> None:
    assert TensorSpec("x", "FP32", expected).mismatch(actual) == problem
