"""Counters of what the models of a process have done: each prediction once, when its invocation is over."""

import sys
import threading

from modelet.phases import Phases, enter
from modelet.predict.statistics import SIZES_KEPT, VERSIONS_KEPT, Counters, Statistics


def predicted(statistics: Statistics, model: str = "m", version: int = 1, rows: int | None = 1) -> None:
    """One invocation with one prediction, which fails where it has no rows."""
    with Phases():
        enter("decode")
        prediction = statistics.begin(model, version)
        enter("run")
        prediction.rows = rows
        enter("encode")


def counted(statistics: Statistics) -> Counters:
    (counters,) = statistics.read()
    return counters


def test_a_prediction_is_counted_when_its_invocation_is_over() -> None:
    statistics = Statistics()

    with Phases() as phases:
        statistics.begin("m", 1).rows = 3
        assert statistics.read() == []
        phases.spent.update(resolve=1000, load=2000, decode=30, run=40, encode=50)
    answered = counted(statistics).answered()

    assert (answered.count, answered.rows) == (1, 3)
    assert (answered.decode, answered.run, answered.encode) == (30, 40, 50)
    assert answered.all == sum(phases.spent.values()) >= 3120


def test_closing_the_phases_counts_and_leaving_them_does_not_count_again() -> None:
    statistics = Statistics()

    with Phases() as phases:
        statistics.begin("m", 1).rows = 1
        enter("run")
        closed = phases.close()
        seen = counted(statistics).answered()
    again = counted(statistics).answered()

    assert (seen.count, again.count, again.all) == (1, 1, seen.all)
    assert seen.run // 1000 == round(closed["run"] * 1000)


def test_what_has_no_rows_has_failed() -> None:
    statistics = Statistics()

    predicted(statistics, rows=None)
    predicted(statistics, rows=0)
    counters = counted(statistics)

    assert (counters.failed.count, counters.answered().count, counters.answered().rows) == (1, 1, 0)
    assert counters.last > 0
    assert counters.failed.all > 0


def test_each_prediction_of_an_invocation_counts_its_own_time() -> None:
    statistics = Statistics()

    with Phases() as phases:
        statistics.begin("first", 1).rows = 1
        phases.spent["run"] = 10_000
        statistics.begin("second", 1).rows = 1
        phases.spent["run"] = 10_700
    first, second = statistics.read()

    assert (first.answered().run, second.answered().run) == (10_000, 700)


def test_outside_of_an_invocation_nothing_is_counted() -> None:
    statistics = Statistics()

    statistics.begin("m", 1).rows = 1

    assert statistics.read() == []


def test_counters_are_told_apart_by_model_and_version() -> None:
    statistics = Statistics()

    for model, version in [("b", 1), ("a", 2), ("a", 1), ("a", 2)]:
        predicted(statistics, model, version)

    found = [(held.model, held.version, held.answered().count) for held in statistics.read()]
    assert found == [("a", 1, 1), ("a", 2, 2), ("b", 1, 1)]
    assert [held.model for held in statistics.read("b")] == ["b"]


def test_what_was_read_changes_no_more() -> None:
    statistics = Statistics()
    predicted(statistics, rows=None)
    predicted(statistics)
    before = counted(statistics)

    predicted(statistics, rows=None)
    predicted(statistics)
    after = counted(statistics)

    assert (before.failed.count, before.answered().count, before.sizes[1].count) == (1, 1, 1)
    assert (after.failed.count, after.answered().count, after.sizes[1].count) == (2, 2, 2)


def test_many_different_numbers_of_rows_are_counted_together() -> None:
    statistics = Statistics()

    for rows in range(1, SIZES_KEPT + 11):
        predicted(statistics, rows=rows)
    counters = counted(statistics)

    assert sorted(counters.sizes) == list(range(1, SIZES_KEPT + 1))
    assert counters.others.count == 10
    assert counters.answered().rows == sum(range(1, SIZES_KEPT + 11))


def test_a_new_version_takes_the_place_of_the_one_that_was_asked_longest_ago() -> None:
    statistics = Statistics()
    for version in range(1, VERSIONS_KEPT + 1):
        predicted(statistics, version=version)
    predicted(statistics, version=1)

    predicted(statistics, "new")

    versions = [held.version for held in statistics.read("m")]
    assert versions == [1, *range(3, VERSIONS_KEPT + 1)]
    assert [held.model for held in statistics.read("new")] == ["new"]


def test_threads_lose_no_count_and_may_read_meanwhile() -> None:
    statistics, times, together = Statistics(), 240, threading.Barrier(4)

    def work(model: str) -> None:
        together.wait()
        for version in range(1, times + 1):
            predicted(statistics, model, version, rows=2)
            predicted(statistics, "shared", rows=version % SIZES_KEPT)

    threads = [threading.Thread(target=work, args=(f"m{number}",)) for number in range(4)]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            statistics.read()
    finally:
        sys.setswitchinterval(usual)

    held = statistics.read()
    assert len(held) == 4 * times + 1
    assert sum(counters.answered().count for counters in held) == 8 * times
    assert held[-1].answered().rows == 4 * sum(version % SIZES_KEPT for version in range(1, times + 1))
