"""How far the outputs of two versions for the same inputs are apart."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np

from modelet.session import Array

TOLERANCE = 0.01
"""How far two floats may be apart, as a share of the larger one: variants of a model are closer."""

CLOSE_TO_ZERO = 1e-6
"""What may always be between them, for of nothing there is no share."""

WHOLE = 0.001
"""How far the sum of probabilities may be from 1."""


class Comparison(NamedTuple):
    """How many results were `compared`, of which so many are `mismatches`; and the largest difference between two
    floats, which are expected to differ a little.

    A result is a value, or of floats a row of the last dimension. Class scores match where the same one is the largest:
    those of outputs with labels, and probabilities, which are at least 0 and together 1. All other floats, as of a
    regression, match where each is within `TOLERANCE`. NaN and Infinity match in the same places.
    """

    compared: int = 0
    mismatches: int = 0
    max_difference: float = 0.0

    def plus(self, other: "Comparison") -> "Comparison":
        """Both together."""
        furthest = max(self.max_difference, other.max_difference)
        return Comparison(self.compared + other.compared, self.mismatches + other.mismatches, furthest)


def compare(expected: Mapping[str, Array], found: Mapping[str, Array], labelled: Collection[str] = ()) -> Comparison:
    """Compare outputs by name, of which those that are `labelled` are scores of classes; one that is missing, or of
    another shape or datatype, matches nowhere.
    """
    whole = Comparison()
    for name, array in expected.items():
        whole = whole.plus(_compare(array, found.get(name), name in labelled))
    return whole


def _compare(expected: Array, found: Array | None, labelled: bool) -> Comparison:
    if found is None or (found.shape, found.dtype) != (expected.shape, expected.dtype):
        return Comparison(max(1, expected.size), max(1, expected.size))
    if expected.dtype.kind != "f":
        return Comparison(expected.size, int(np.count_nonzero(expected != found)))
    if not expected.size:
        return Comparison()
    width = expected.shape[-1] if expected.ndim > 1 else 1
    return _compare_rows(expected.reshape(-1, width), found.reshape(-1, width), labelled)


def _compare_rows(expected: Array, found: Array, labelled: bool) -> Comparison:
    with np.errstate(all="ignore"):
        apart = np.abs(np.subtract(expected, found, dtype=np.promote_types(expected.dtype, np.float32)))
    finite = np.isfinite(apart)
    furthest = float(apart.max(initial=0.0, where=finite))
    alike = finite | (expected == found) | (np.isnan(expected) & np.isnan(found))
    if expected.shape[1] > 1 and (labelled or (_are_shares(expected) and _are_shares(found))):
        matches = alike.all(axis=1) & (expected.argmax(axis=1) == found.argmax(axis=1))
    else:
        matches = (alike & (~finite | _is_close(apart, expected, found))).all(axis=1)
    return Comparison(len(matches), int(np.count_nonzero(~matches)), furthest)


def _are_shares(rows: Array) -> bool:
    finite = rows[np.isfinite(rows).all(axis=1)]
    with np.errstate(over="ignore"):
        sums = finite.sum(axis=1, dtype=np.promote_types(rows.dtype, np.float32))
    return bool((finite >= 0).all() and (np.abs(sums - 1) <= WHOLE).all())


def _is_close(apart: Array, expected: Array, found: Array) -> Array:
    with np.errstate(all="ignore"):
        larger = np.maximum(np.abs(expected), np.abs(found)).astype(apart.dtype)
        close: Array = apart <= np.maximum(larger * TOLERANCE, CLOSE_TO_ZERO)
    return close
