"""Whether two forms of a model answer the same on the same inputs."""

from collections.abc import Sequence

import numpy as np

from modelet.publish.made_up import Array

TOLERANCE = 1e-3
"""Of the largest value of an output: what other kernels may make of the same numbers, and half precision rounds by."""


def largest_difference(expected: Sequence[Array], actual: Sequence[Array]) -> float:
    """The largest difference of a number in the outputs; 0 where there are no numbers."""
    return max((_difference(*pair) for pair in zip(expected, actual, strict=True)), default=0.0)


def same(expected: Sequence[Array], actual: Sequence[Array]) -> bool:
    """Whether all outputs agree: floating-point numbers within the tolerance, everything else exactly."""
    return all(_agree(*pair) for pair in zip(expected, actual, strict=True))


def _difference(expected: Array, actual: Array) -> float:
    if expected.dtype.kind not in "fiu" or expected.shape != actual.shape:
        return 0.0
    with np.errstate(invalid="ignore"):  # of two infinities
        apart = np.abs(expected.astype(np.float64) - actual.astype(np.float64))
    return float(apart[np.isfinite(apart)].max(initial=0.0))


def _agree(expected: Array, actual: Array) -> bool:
    if (expected.shape, expected.dtype) != (actual.shape, actual.dtype):
        return False
    if expected.dtype.kind != "f":
        return bool(np.array_equal(expected, actual))
    values = np.abs(expected[np.isfinite(expected)].astype(np.float64))
    close = np.isclose(
        expected.astype(np.float64),
        actual.astype(np.float64),
        rtol=0,
        atol=TOLERANCE * float(values.max(initial=0.0)),
        equal_nan=True,
    )
    return bool(close.all())
