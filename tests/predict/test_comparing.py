"""How far two versions are apart, counted as an operator would count it."""

from typing import Any

import numpy as np
import pytest

from modelet.predict.comparing import Comparison, compare

NAN, INF = float("nan"), float("inf")


def floats(*values: Any, dtype: str = "float32") -> np.ndarray[Any, Any]:
    return np.array(values, dtype)


def texts(*values: Any) -> np.ndarray[Any, Any]:
    return np.array(values, object)


@pytest.mark.parametrize(
    ("expected", "found", "comparison"),
    [
        (floats(1, 2), floats(1, 2.5), Comparison(2, 1, 0.5)),
        (floats([1], [2]), floats([1], [4]), Comparison(2, 1, 2.0)),
        (floats([1, 2], [3, 1]), floats([1, 4], [3, 1]), Comparison(2, 1, 2.0)),
        (floats([0.25, 0.75], [1, 0]), floats([0.5, 0.5], [0.75, 0.25]), Comparison(2, 1, 0.25)),
        (floats(1, 2, dtype="float16"), floats(1, 3, dtype="float16"), Comparison(2, 1, 1.0)),
        (floats(6e4, dtype="float16"), floats(-6e4, dtype="float16"), Comparison(1, 1, 120000.0)),
        (floats(NAN, INF, 1), floats(NAN, INF, 1), Comparison(3, 0, 0.0)),
        (floats(NAN, INF, 1), floats(0, -INF, 2), Comparison(3, 3, 1.0)),
        (floats([NAN, 1.0]), floats([1.0, 1.0]), Comparison(1, 1, 0.0)),
        (floats(1), floats(1, 2), Comparison(1, 1, 0.0)),
        (floats(1, 2), floats(1, 2, dtype="float64"), Comparison(2, 2, 0.0)),
        (floats(1, 2), None, Comparison(2, 2, 0.0)),
        (np.zeros((0, 3), "f4"), np.zeros((0, 3), "f4"), Comparison(0, 0, 0.0)),
        (np.zeros((0, 3), "f4"), np.zeros((0, 2), "f4"), Comparison(1, 1, 0.0)),
        (np.float32(1).reshape(()), np.float32(3).reshape(()), Comparison(1, 1, 2.0)),
        (np.arange(4), np.array([0, 1, 3, 2]), Comparison(4, 2, 0.0)),
        (np.array([True, False]), np.array([True, True]), Comparison(2, 1, 0.0)),
        (np.array(5), np.array(6), Comparison(1, 1, 0.0)),
        (texts("cat", "dog"), texts("cat", "cow"), Comparison(2, 1, 0.0)),
        (texts(["a", "b"]), texts(["a", "b"]), Comparison(2, 0, 0.0)),
        (np.zeros((2, 0, 3), "f4"), np.zeros((2, 0, 3), "f4"), Comparison(0, 0, 0.0)),
        (np.ones((2, 2, 2), "f4"), np.ones((2, 2, 2), "f4"), Comparison(4, 0, 0.0)),
    ],
)
def test_outputs_are_compared(expected: Any, found: Any, comparison: Comparison) -> None:
    before = expected.copy()

    assert compare({"y": expected}, {} if found is None else {"y": found}) == comparison
    np.testing.assert_array_equal(expected, before)


@pytest.mark.parametrize("shape", [(2,), (2, 1), (1, 2, 1)])
@pytest.mark.parametrize(
    ("found", "mismatches"),
    [
        ((1e6, -5), 2),
        ((1.02, -2), 1),
        ((-1, 2), 2),
        ((1.005, -2.01), 0),
        ((1, -2), 0),
        ((INF, -2), 1),
    ],
)
def test_a_regression_mismatches_where_it_is_further_apart_than_rounding(
    shape: tuple[int, ...], found: tuple[float, float], mismatches: int
) -> None:
    regression = floats(1, -2).reshape(shape)

    assert compare({"y": regression}, {"y": floats(*found).reshape(shape)})[:2] == (2, mismatches)


@pytest.mark.parametrize(("change", "mismatches"), [(1.5, 3), (1.02, 3), (1.005, 0)])
def test_a_regression_of_several_numbers_mismatches_where_one_is_further_apart(change: float, mismatches: int) -> None:
    regression = floats([10, 200, -3], [2, 30, 4], [5, 1e6, 0.25])

    assert compare({"y": regression}, {"y": regression * floats(1, 1, change)})[:2] == (3, mismatches)


def test_scores_of_classes_match_where_the_same_one_is_the_largest() -> None:
    logits, others = floats([3, -9], [4, 8]), floats([30, -7], [9, 8])

    assert compare({"y": logits}, {"y": others}, labelled={"y": ["cat", "dog"]})[:2] == (2, 1)
    assert compare({"y": logits}, {"y": others})[:2] == (2, 2), "nothing says that these are scores"


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_probabilities_match_where_the_same_one_is_the_largest(dtype: str) -> None:
    sure = floats([0.1, 0.2, 0.7], [NAN, 1, 0], [1 / 3, 1 / 3, 1 / 3], dtype=dtype)
    unsure = floats([0.3, 0.3, 0.4], [NAN, 1, 0], [0.2, 0.5, 0.3], dtype=dtype)

    assert compare({"y": sure}, {"y": unsure})[:2] == (3, 1)
    assert compare({"y": sure * 2}, {"y": unsure * 2})[:2] == (3, 2), "these add up to 2"


def test_close_to_zero_no_share_counts() -> None:
    assert compare({"y": floats(0, 0)}, {"y": floats(1e-7, 1e-3)})[:2] == (2, 1)


def test_outputs_are_added_up_and_those_that_only_the_shadow_has_are_left_out() -> None:
    expected = {"label": np.array([1, 2]), "score": floats([0.9, 0.1], [0.1, 0.9])}
    found = {"label": np.array([1, 3]), "score": floats([0.8, 0.2], [0.9, 0.1]), "more": floats(1)}

    compared = compare(expected, found)

    assert (compared.compared, compared.mismatches) == (4, 2)
    assert compared.max_difference == pytest.approx(0.8)
