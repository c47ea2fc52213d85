"""The cache's budget: room is made before a load, whatever is in use stays whole, and what cannot fit is refused."""

import gc
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from modelet.cache import Cache, Full
from modelet.errors import CorruptObject
from tests.test_cache import cache, fail, never


class Thing:
    """A value that somebody may use."""

    def __init__(self, size: float, live: list[float] | None = None) -> None:
        self.size = size
        self._live = [] if live is None else live
        self._live.append(size)

    def __del__(self) -> None:
        self._live.remove(self.size)


class Memory:
    """`total` bytes, of which `live` are taken; freed ones come back when they are given back."""

    def __init__(self, total: float) -> None:
        self.total = total
        self.live: list[float] = []
        self.taken = 0.0
        self.given_back = 0

    def spare(self) -> float:
        self.taken = max(self.taken, sum(self.live))
        return self.total - self.taken

    def give_back(self) -> None:
        self.given_back += 1
        self.taken = sum(self.live)


def things(budget: float = 10, memory: Memory | None = None) -> Cache[Thing]:
    return Cache(budget, lambda thing: thing.size, 5, memory=memory)


def load(held: Cache[Any], key: str, make: Callable[[], Any], need: float) -> Any:
    """Load a value that says what it needs."""

    def loaded() -> Any:
        held.reserve(key, need)
        return make()

    return held.get(key, loaded)


def kept(held: Cache[Any], keys: str) -> str:
    return "".join(key for key in keys if key in held)


def test_the_least_recently_used_go_before_a_load_and_no_more_of_them_than_must() -> None:
    held, seen = cache(budget=10), []
    for key in "abc":
        held.get(key, lambda: 3)
    held.get("a", never)

    def look() -> int:
        seen.append(kept(held, "abc"))
        return 4

    load(held, "d", look, need=4)

    assert (seen, kept(held, "abcd")) == (["ac"], "acd")


def test_no_moment_of_many_loads_is_over_the_budget() -> None:
    live: list[float] = []
    held, most = things(budget=10), []

    for number in range(100):
        size = 1 + number % 5
        load(held, str(number % 9), partial(Thing, size, live), need=size)
        most.append(sum(live))

    assert max(most) <= 10


def test_what_is_more_than_the_budget_is_refused_without_evicting_anything() -> None:
    held = cache(budget=10)
    held.get("a", lambda: 9)

    with pytest.raises(Full) as refused:
        load(held, "large", never, need=11)

    assert (refused.value.need, refused.value.room, refused.value.passing) == (11, 10, False)
    assert "a" in held


def test_a_refusal_is_not_remembered() -> None:
    held = cache(budget=10)
    with pytest.raises(Full):
        load(held, "a", never, need=11)

    assert load(held, "a", lambda: 5, need=5) == 5


def test_loads_under_way_share_the_budget() -> None:
    held, inside, go = cache(budget=10), threading.Event(), threading.Event()

    def slow() -> int:
        inside.set()
        assert go.wait(10)
        return 6

    thread = threading.Thread(target=load, args=(held, "a", slow, 6))
    thread.start()
    assert inside.wait(10)
    try:
        assert (held.has_room(4), held.has_room(5)) == (True, False)
        with pytest.raises(Full) as refused:
            load(held, "b", never, need=5)
        assert load(held, "c", lambda: 4, need=4) == 4
    finally:
        go.set()
        thread.join()

    assert (refused.value.room, refused.value.passing) == (4, True)
    assert kept(held, "abc") == "ac"


def test_a_failed_load_leaves_no_reservation_behind() -> None:
    held = cache(budget=10)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            load(held, "a", lambda: 1 // 0, need=10)

    assert held.has_room(10)


def test_what_was_reserved_beforehand_is_what_the_load_takes_and_not_on_top() -> None:
    held = cache(budget=10)
    held.reserve("a", 8)

    assert load(held, "a", lambda: 6, need=9) == 6
    held.reserve("a", 8)

    assert (held.has_room(4), held.has_room(5)) == (True, False)


def test_a_value_that_turns_out_larger_than_forecast_drives_out_others() -> None:
    memory = Memory(100)
    held = things(budget=10, memory=memory)
    for key in "abc":
        load(held, key, lambda: Thing(3, memory.live), need=3)

    load(held, "d", lambda: Thing(7, memory.live), need=1)

    assert kept(held, "abcd") == "cd"
    assert (sum(memory.live), memory.given_back) == (10, 1)


def test_memory_that_is_taken_by_others_is_not_to_be_had() -> None:
    memory = Memory(20)
    held = things(budget=15, memory=memory)
    for key in "abc":
        load(held, key, lambda: Thing(4, memory.live), need=4)
    memory.live.append(7)  # a large request, say

    load(held, "d", lambda: Thing(4, memory.live), need=4)
    with pytest.raises(Full) as refused:
        load(held, "e", lambda: Thing(14, memory.live), need=14)

    assert (refused.value.need, refused.value.room, refused.value.passing) == (14, 13, False)
    assert memory.taken <= 20


def test_what_is_evicted_in_use_counts_until_its_user_is_done() -> None:
    live: list[float] = []
    held = things(budget=10)
    in_use = load(held, "a", lambda: Thing(6, live), need=6)

    with pytest.raises(Full) as refused:
        load(held, "b", lambda: Thing(5, live), need=5)
    assert (live, refused.value.passing) == ([6], True)
    assert load(held, "a", never, need=0) is in_use, "it is not loaded again beside itself"
    del in_use

    load(held, "b", lambda: Thing(5, live), need=5)
    assert live == [5]


def test_a_load_waits_a_moment_for_whoever_is_about_to_be_done() -> None:
    class Awaited(Memory):
        def give_back(self) -> None:
            super().give_back()
            if self.given_back == 5:  # which is asked for each time that the load looks again
                users.clear()

    memory = Awaited(100)
    held = things(budget=10, memory=memory)
    users = [load(held, "a", lambda: Thing(6, memory.live), need=6)]

    load(held, "b", lambda: Thing(5, memory.live), need=5)

    assert memory.live == [5]


def test_what_only_a_forgotten_cycle_holds_is_freed_for_a_load() -> None:
    live: list[float] = []
    held = things(budget=10)
    cycle: list[Any] = [load(held, "a", lambda: Thing(6, live), need=6)]
    cycle.append(cycle)
    gc.disable()
    try:
        del cycle
        load(held, "b", lambda: Thing(5, live), need=5)
    finally:
        gc.enable()

    assert live == [5]


def test_threads_that_load_and_use_at_once_stay_within_the_budget() -> None:
    live: list[float] = []
    held, most = things(budget=12), []

    def work(seed: int) -> None:
        for step in range(50):
            key = str((seed * 7 + step * 3) % 8)
            with suppress(Full):
                load(held, key, lambda: Thing(2, live), need=2)
                most.append(sum(live))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) <= 12
    assert len(most) == 200, "there was always room enough for whoever waited"


def test_forgiven_failures_are_tried_again() -> None:
    held = cache(failure_ttl=5)
    with suppress(CorruptObject):
        held.get("a", fail)

    held.forgive()

    assert held.get("a", lambda: 1) == 1
