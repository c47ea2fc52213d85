"""Phases: an invocation is in one at a time, and what others do for it counts only as long as it waits for them."""

import threading

import pytest

from modelet import phases
from modelet.errors import DeadlineExceeded
from modelet.phases import TOTAL, Phases, await_helper, await_in_time, enter

AGES = 10**18
"""Nanoseconds: longer than any test takes."""


def landed() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def helper(**spent: int) -> Phases:
    """The phases of a thread that has spent so many nanoseconds, and is done."""
    made = Phases()
    made.spent.update(spent)
    return made


def micros(closed: dict[str, float]) -> dict[str, int]:
    return {name: round(milliseconds * 1000) for name, milliseconds in closed.items()}


def test_a_mark_outside_of_an_invocation_does_nothing() -> None:
    enter("run")

    assert phases.deadline() == phases.NEVER
    assert await_helper(landed(), helper(fetch=AGES))


def test_the_phases_of_an_invocation_are_those_that_it_entered() -> None:
    with Phases() as own:
        for name in ("decode", "resolve", "decode", "run", "encode"):
            enter(name)
        closed = own.close()
    enter("load")

    assert list(closed) == ["decode", "resolve", "run", "encode", TOTAL]
    assert own.close() is closed


def test_phases_add_up_to_no_more_than_the_total() -> None:
    with Phases() as own:
        for _ in range(1000):
            for name in phases.NAMES:
                enter(name)
        closed = micros(own.close())

    total = closed.pop(TOTAL)
    assert set(closed) == set(phases.NAMES)
    assert 0 < sum(closed.values()) <= total


def test_numbers_are_whole_microseconds() -> None:
    own = helper(run=1_234_999, load=5_000_000, encode=999)

    closed = own.close()

    assert {name: closed[name] for name in ("run", "load", "encode")} == {"run": 1.234, "load": 5.0, "encode": 0.0}


def test_each_thread_has_phases_of_its_own() -> None:
    def work() -> None:
        with theirs:
            enter("fetch")

    theirs = Phases()
    with Phases() as own:
        enter("run")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

        assert (list(own.close()), list(theirs.close())) == (["run", TOTAL], ["fetch", TOTAL])


def test_an_invocation_within_another_ends_before_it() -> None:
    with Phases() as outer:
        enter("run")
        with Phases() as inner:
            enter("load")
        enter("encode")

        assert (list(outer.close()), list(inner.close())) == (["run", "encode", TOTAL], ["load", TOTAL])


def test_what_helpers_did_before_they_were_waited_for_does_not_count() -> None:
    with Phases() as own:
        enter("load")
        for _ in range(8):
            assert await_helper(landed(), helper(fetch=AGES, verify=AGES // 10))
        closed = micros(own.close())

    total = closed.pop(TOTAL)
    assert set(closed) == {"load", "fetch", "verify"}
    assert sum(closed.values()) <= total


def test_a_wait_is_shared_out_in_proportion() -> None:
    own = Phases()
    since = own.since

    own.add({"fetch": 3 * AGES, "verify": AGES}, since)

    waited = own.since - since
    assert (own.spent["fetch"], own.spent["verify"]) == (waited * 3 // 4, waited // 4)
    assert 0 <= own.spent[""] <= 1


def test_a_wait_for_a_helper_that_did_less_stays_where_it_was() -> None:
    own = Phases()
    since = own.since
    own.name = "load"

    own.add({"fetch": 2, "verify": 1}, since)

    assert own.spent == {"fetch": 2, "verify": 1, "load": own.since - since - 3}


def test_a_helper_that_still_works_counts_until_now() -> None:
    inside, go = threading.Event(), threading.Event()

    def work() -> None:
        with theirs:
            enter("fetch")
            inside.set()
            go.wait(10)

    theirs, never = Phases(), threading.Event()
    thread = threading.Thread(target=work)
    with Phases() as own:
        enter("resolve")
        thread.start()
        assert inside.wait(10)
        assert not await_helper(never, theirs, seconds=0.001)
        closed = own.close()
    go.set()
    thread.join()

    assert closed["fetch"] > 0
    assert closed["fetch"] + closed["resolve"] <= closed[TOTAL]


@pytest.mark.parametrize(("seconds", "kept"), [(29.0, 28.75), (2.5, 2.25), (0.2, 0.18), (0.0, 0.0)])
def test_a_margin_is_kept_to_answer_in(seconds: float, kept: float) -> None:
    own = Phases()

    own.allow(seconds)

    assert (own.deadline - own.since) / 1e9 == pytest.approx(kept)
    assert 0 <= (own.remaining() or 0.0) <= kept


def test_without_a_limit_there_is_no_deadline() -> None:
    with Phases() as own:
        assert own.remaining() is None
        assert phases.deadline() == phases.NEVER


def test_an_invocation_past_its_deadline_takes_what_is_there_and_waits_for_nothing() -> None:
    with Phases() as own:
        own.allow(0.0)

        await_in_time(landed(), Phases(), "A load that is done")
        with pytest.raises(DeadlineExceeded, match="A load takes longer than this request can wait"):
            await_in_time(threading.Event(), Phases(), "A load")


@pytest.mark.parametrize(("seconds", "kept"), [(1.0, 1.0), (60.0, 28.75)])
def test_a_caller_may_shorten_the_time_and_never_lengthen_it(seconds: float, kept: float) -> None:
    with Phases() as own:
        own.allow(29.0)
        phases.shorten(seconds)

        assert (own.deadline - own.since) / 1e9 == pytest.approx(kept)
    phases.shorten(seconds)
    assert phases.deadline() == phases.NEVER


@pytest.mark.parametrize("close", [True, False])
def test_an_observer_is_told_once_what_the_invocation_has_spent(close: bool) -> None:
    told: list[dict[str, int]] = []

    with Phases() as own:
        enter("run")
        phases.observe(lambda spent: told.append(dict(spent)))
        assert told == []
        if close:
            own.close()
            assert len(told) == 1

    assert [spent["run"] for spent in told] == [own.spent["run"]]


def test_outside_of_an_invocation_no_observer_is_told() -> None:
    told: list[object] = []

    phases.observe(told.append)
    with Phases() as own:
        own.close()

    assert told == []
