"""Sides take turns, and a row says what was measured."""

import pytest

from benchmarks.rounds import Reach, Row, compare, interleaved


def test_sides_take_turns_and_the_first_round_does_not_count() -> None:
    turns: list[str] = []

    def side(name: str) -> float:
        turns.append(name)
        return len(turns)

    taken = interleaved({"a": lambda: side("a"), "b": lambda: side("b")}, rounds=2)

    assert "".join(turns) == "abbaab"
    assert taken == {"a": [4, 5], "b": [3, 6]}


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    row = compare("case", "ms", Reach("at most", 0.5), {"ours": [1, 2, 30], "theirs": [4, 40, 4]})

    assert row.ours is not None
    assert (row.ours.low, row.ours.median, row.ours.high) == (1.5, 2, 16)
    assert (row.ratio_low, row.ratio, row.ratio_high) == (0.15, 0.25, 3.875)
    assert row.as_json()["reached"] is True


@pytest.mark.parametrize(
    ("bound", "ratio", "reached"), [("at most", 0.61, False), ("at least", 0.61, True), ("at least", 0.59, False)]
)
def test_a_reach_is_a_bound_from_above_or_from_below(bound: str, ratio: float, reached: bool) -> None:
    reach = Reach("at most" if bound == "at most" else "at least", 0.6)

    assert reach.holds(ratio) is reached


def test_a_row_that_was_not_measured_reaches_nothing() -> None:
    assert Row("case", "ms", Reach("at most", 1.5), note="not there yet").as_json()["reached"] is False
