"""The cache of warm sessions: one load at a time, a budget, and failures that pass."""

import gc
import sys
import threading
import weakref

import pytest

from modelet.cache import Cache
from modelet.errors import CorruptObject, DeadlineExceeded, StoreUnavailable
from modelet.phases import Phases, enter


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def cache(budget: float = 10, failure_ttl: float = 5, clock: Clock | None = None) -> Cache[int]:
    """A cache of numbers that weigh what they are."""
    return Cache(budget, float, failure_ttl, clock or Clock())


def fail() -> int:
    raise CorruptObject("broken")


def never() -> int:
    raise AssertionError("loaded again")


def test_a_value_is_loaded_once() -> None:
    held = cache()

    assert (held.get("a", lambda: 1), held.get("a", never)) == (1, 1)
    assert ("a" in held, "b" in held) == (True, False)


def test_outcomes_are_what_is_held_and_what_failed_a_moment_ago() -> None:
    clock = Clock()
    held = cache(failure_ttl=5, clock=clock)
    held.get("a", lambda: 1)
    for key in ("b", "c"):
        with pytest.raises(CorruptObject):
            held.get(key, fail)
        clock.now += 3

    assert {key: failure and failure.message for key, failure in held.outcomes().items()} == {"a": None, "c": "broken"}


def test_a_value_that_was_demoted_goes_first_unless_it_is_asked_for_again() -> None:
    for again, gone in ((False, "new"), (True, "old")):
        held = cache(budget=10)
        for key in ("old", "new"):
            held.get(key, lambda: 5)
        held.demote("new")
        held.demote("nobody")
        if again:
            held.get("new", never)

        held.get("another", lambda: 5)

        assert [key for key in ("old", "new") if key not in held] == [gone]


@pytest.mark.parametrize("outcome", ["value", "failure", "bug"])
def test_64_threads_share_one_load_and_its_outcome(outcome: str) -> None:
    held, together, loads = cache(), threading.Barrier(65), []
    outcomes: list[int | Exception] = []
    inside, go = threading.Event(), threading.Event()
    expected: dict[str, Exception] = {"failure": CorruptObject("broken"), "bug": ZeroDivisionError("bug")}

    def load() -> int:
        loads.append(1)
        inside.set()
        assert go.wait(10)
        if outcome in expected:
            raise expected[outcome]
        return 7

    def ask() -> None:
        together.wait()
        try:
            outcomes.append(held.get("a", load))
        except (CorruptObject, ZeroDivisionError) as error:
            outcomes.append(error)

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    together.wait()
    assert inside.wait(10)
    go.set()
    for thread in threads:
        thread.join()

    # Whoever came too late to wait for a bug's load began another one: bugs are not remembered.
    assert len(loads) == 1 or outcome == "bug"
    assert outcomes == [expected.get(outcome, 7)] * 64


def test_loads_of_different_keys_do_not_wait_for_each_other() -> None:
    held, together = cache(), threading.Barrier(2, timeout=10)

    def load() -> int:
        together.wait()
        return 1

    threads = [threading.Thread(target=held.get, args=(key, load)) for key in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ("a" in held, "b" in held) == (True, True)


def test_a_load_aside_goes_on_when_whoever_asked_can_wait_no_longer() -> None:
    held, go = cache(), threading.Event()

    def load() -> int:
        enter("load")
        assert go.wait(10)
        return 7

    with Phases() as asking:
        asking.allow(0.001)
        for _ in range(2):
            with pytest.raises(DeadlineExceeded, match="Loading the model takes longer than this request can wait"):
                held.get("a", load, aside=True)
        spent = asking.close()
    go.set()

    assert held.get("a", never, aside=True) == 7
    assert 0 < spent["load"] <= spent["total"]


@pytest.mark.parametrize("failure", [CorruptObject("broken"), ZeroDivisionError("bug")])
def test_what_a_load_aside_raises_is_raised_to_whoever_asked(failure: Exception) -> None:
    held = cache()

    def load() -> int:
        raise failure

    with pytest.raises(type(failure)) as raised:
        held.get("a", load, aside=True)

    assert raised.value is failure
    assert held.get("b", lambda: 1, aside=True) == 1


def test_a_load_for_which_no_thread_can_be_had_is_tried_again_by_the_next_who_asks() -> None:
    held = cache()
    usual = threading.stack_size(1 << 46)  # more than there are addresses

    try:
        with pytest.raises(RuntimeError, match="can't start new thread"):
            held.get("a", lambda: 1, aside=True)
    finally:
        threading.stack_size(usual)

    assert held.get("a", lambda: 1, aside=True) == 1


def test_a_thread_that_does_not_start_holds_nobody_else_up() -> None:
    """As one may that has no memory to start with: CPython waits for it for ever."""
    held, starting, go, answered = cache(), threading.Event(), threading.Event(), threading.Event()

    def hold_up(_frame: object, event: str, called: object) -> None:
        if event == "c_call" and getattr(called, "__name__", "") in ("start_new_thread", "start_joinable_thread"):
            starting.set()
            assert go.wait(20)

    def ask() -> None:
        sys.setprofile(hold_up)
        held.get("a", lambda: 1, aside=True)

    def ask_another() -> None:
        held.get("b", lambda: 2)
        answered.set()

    threads = [threading.Thread(target=ask), threading.Thread(target=ask_another)]
    threads[0].start()
    assert starting.wait(20)
    threads[1].start()
    in_time = answered.wait(10)
    go.set()
    for thread in threads:
        thread.join()

    assert in_time
    assert (held.get("a", never), held.get("b", never)) == (1, 2)


def test_the_least_recently_used_goes_first() -> None:
    held = cache(budget=10)
    held.get("a", lambda: 4)
    held.get("b", lambda: 4)
    held.get("a", never)

    held.get("c", lambda: 4)

    assert {key: key in held for key in "abc"} == {"a": True, "b": False, "c": True}


def test_one_large_value_drives_out_all_others_and_stays() -> None:
    held = cache(budget=10)
    for key in "abc":
        held.get(key, lambda: 3)

    held.get("large", lambda: 11)

    assert {key: key in held for key in (*"abc", "large")} == {"a": False, "b": False, "c": False, "large": True}


@pytest.mark.parametrize(("weight", "kept"), [(5, True), (6, False)])
def test_the_budget_may_be_used_up(weight: int, kept: bool) -> None:
    held = cache(budget=10)
    held.get("a", lambda: 5)

    held.get("b", lambda: weight)

    assert ("a" in held) is kept


def test_a_failure_is_remembered_briefly_and_then_tried_again() -> None:
    clock = Clock()
    held = cache(failure_ttl=5, clock=clock)
    with pytest.raises(CorruptObject):
        held.get("a", fail)

    clock.now += 4.9
    with pytest.raises(CorruptObject, match="broken"):
        held.get("a", never)
    clock.now += 0.2

    assert held.get("a", lambda: 1) == 1
    assert held.get("a", never) == 1


def test_a_failure_of_one_key_is_none_of_another() -> None:
    held = cache()
    with pytest.raises(CorruptObject):
        held.get("a", fail)

    assert held.get("b", lambda: 1) == 1


def test_without_a_time_to_live_no_failure_is_remembered() -> None:
    held = cache(failure_ttl=0)
    with pytest.raises(CorruptObject):
        held.get("a", fail)

    assert held.get("a", lambda: 1) == 1


def test_bugs_are_not_remembered() -> None:
    held = cache()
    with pytest.raises(ZeroDivisionError):
        held.get("a", lambda: 1 // 0)

    assert held.get("a", lambda: 1) == 1


def test_a_remembered_failure_does_not_grow_with_every_request() -> None:
    held = cache()
    lengths = []

    for _ in range(5):
        try:
            held.get("a", fail)
        except CorruptObject as error:
            lengths.append(depth(error))

    assert lengths[1:] == [lengths[1]] * 4


def test_failures_that_have_passed_are_forgotten() -> None:
    clock = Clock()
    held = cache(failure_ttl=5, clock=clock)
    failures: list[weakref.ref[StoreUnavailable]] = []

    for number in range(10):
        try:
            held.get(str(number), lambda: raise_new(failures))
        except StoreUnavailable:
            clock.now += 10
    gc.collect()

    assert sum(failure() is not None for failure in failures) <= 1


class _Traceable(StoreUnavailable):
    pass


def raise_new(failures: list[weakref.ref[StoreUnavailable]]) -> int:
    failure = _Traceable("away")
    failures.append(weakref.ref(failure))
    raise failure


def depth(error: BaseException) -> int:
    length, trace = 0, error.__traceback__
    while trace:
        length, trace = length + 1, trace.tb_next
    return length
