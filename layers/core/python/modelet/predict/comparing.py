"""How far the outputs of two versions for the same inputs are apart."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from modelet.session import Array

TOLERANCE = 0.01
"""How far two single floats may be apart, as a share of the larger one: variants of a model are closer."""

CLOSE_TO_ZERO = 1e-6
"""What may always be between them, for of nothing there is no share."""


class Comparison(NamedTuple):
    """How many results were `compared`, of which so many are `mismatches`; and the largest difference between two
    floats, which are expected to differ a little.

    A result is a value, or of floats a row of the last dimension, as of class scores: it matches where the same one is
    the largest, and where NaN and Infinity are in the same places. A float that is alone, in its row or in an output of
    one dimension or none, as of a regression, matches one that is within `TOLERANCE`.
    """

    compared: int = 0
    mismatches: int = 0
    max_difference: float = 0.0

    def plus(self, other: "Comparison") -> "Comparison":
        """Both together."""
        furthest = max(self.max_difference, other.max_difference)
        return Comparison(self.compared + other.compared, self.mismatches + other.mismatches, furthest)


def compare(expected: Mapping[str, Array], found: Mapping[str, Array]) -> Comparison:
    """Compare outputs by name; one that is missing, or of another shape or datatype, matches nowhere."""
    whole = Comparison()
    for name, array in expected.items():
        whole = whole.plus(_compare(array, found.get(name)))
    return whole


def _compare(expected: Array, found: Array | None) -> Comparison:
    if found is None or (found.shape, found.dtype) != (expected.shape, expected.dtype):
        return Comparison(max(1, expected.size), max(1, expected.size))
    if expected.dtype.kind != "f":
        return Comparison(expected.size, int(np.count_nonzero(expected != found)))
    if not expected.size:
        return Comparison()
    return _compare_rows(*(array.reshape(-1, array.shape[-1] if array.ndim > 1 else 1) for array in (expected, found)))


def _compare_rows(expected: Array, found: Array) -> Comparison:
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(expected, found, dtype=np.promote_types(expected.dtype, np.float32)))
    finite = np.isfinite(apart)
    furthest = float(apart.max(initial=0.0, where=finite))
    alike = finite | (expected == found) | (np.isnan(expected) & np.isnan(found))
    if expected.shape[1] > 1:
        matches = alike.all(axis=1) & (expected.argmax(axis=1) == found.argmax(axis=1))
    else:
        matches = (alike & (~finite | _is_close(apart, expected, found)))[:, 0]
    return Comparison(len(matches), int(np.count_nonzero(~matches)), furthest)


def _is_close(apart: Array, expected: Array, found: Array) -> Array:
    with np.errstate(all="ignore"):
        larger = np.maximum(np.abs(expected), np.abs(found)).astype(apart.dtype)
        close: Array = apart <= np.maximum(larger * TOLERANCE, CLOSE_TO_ZERO)
    return close
