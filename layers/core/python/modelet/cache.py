"""Warm sessions within a memory budget: room is made before a load, by the least recently used; one load under
concurrent requests; failures remembered briefly.

Nothing is torn away from those who use it: an evicted value counts until the last of them is done.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from weakref import ref

from modelet.errors import ModeletError
from modelet.phases import Phases, await_in_time

Value = TypeVar("Value")

WAITS, WAIT_SECONDS = 100, 0.01
"""How often, and how long each time, a load waits for evicted values that are still in use."""


class Full(Exception):
    """Raised when even without all other values there is no room for one that needs `need`, but only for `room`.
    `passing`: others take the rest, which are in use or being loaded.
    """

    def __init__(self, need: float, room: float, passing: bool) -> None:
        super().__init__(f"{need} is needed, and {room} can be had")
        self.need = need
        self.room = room
        self.passing = passing


class Memory(Protocol):
    """Where the values lie, beside much else."""

    def spare(self) -> float:
        """How much more may be taken, in the unit of the budget."""

    def give_back(self) -> None:
        """Return what values have left behind that are no more."""


class _Endless:
    def spare(self) -> float:
        return float("inf")

    def give_back(self) -> None:
        pass


class _Held(NamedTuple):
    value: Any
    weight: float


class _Flight(Generic[Value]):
    def __init__(self) -> None:
        self.phases = Phases()
        self.landed = threading.Event()
        self.values: list[Value] = []
        self.failure: BaseException | None = None

    def wait(self) -> Value:
        await_in_time(self.landed, self.phases, "Loading the model")
        if self.failure is not None:
            raise self.failure
        return self.values[0]


class Cache(Generic[Value]):
    """Values by key. `weigh` gives a value's size in the unit of `budget`; the newest value is kept even if it alone
    exceeds it, unless its load says before what it needs (`reserve`).
    """

    def __init__(
        self,
        budget: float,
        weigh: Callable[[Value], float],
        failure_ttl: float,
        clock: Callable[[], float] = time.monotonic,
        memory: Memory | None = None,
    ) -> None:
        self.budget = budget
        self._weigh = weigh
        self._failure_ttl = failure_ttl
        self._clock = clock
        self._memory = memory or _Endless()
        self._values: OrderedDict[str, _Held] = OrderedDict()
        self._leaving: dict[str, tuple[ref[Any], float]] = {}
        self._reserved: dict[str, float] = {}
        self._failures: dict[str, tuple[float, ModeletError]] = {}
        self._flights: dict[str, _Flight[Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, load: Callable[[], Value], aside: bool = False) -> Value:
        """Answer the value of `key`, calling `load` only if no one has it and no one else is loading it.

        A ModeletError that `load` raised is raised again, without another try, for `failure_ttl` seconds. `aside` loads
        in a thread of its own: DeadlineExceeded is raised to whoever cannot wait for it, and the load goes on.
        """
        with self._lock:
            held = self._values.get(key) or self._recall(key)
            if held:
                self._values.move_to_end(key)
                value: Value = held.value
                return value
            self._raise_remembered(key)
            flight, mine = self._flights.get(key), False
            if flight is None:
                flight, mine = self._flights.setdefault(key, _Flight()), True
        if mine and aside:
            self._start(key, load, flight)
        elif mine:
            self._load(key, load, flight)
        return flight.wait()

    def reserve(self, key: str, need: float) -> None:
        """Make room for what a load of `key` will take, until that load has ended; again if it turns out to be more.

        Evicts as many as it must, least recently used first. Raises Full, at once where it is more than the budget.
        """
        waits, used = 0, False
        while True:
            with self._lock:
                lacking = self._reserve(key, need)
                passing = bool(self._leaving or self._reserved.keys() - {key})
                evicted = self._evict(lacking) if need <= self.budget else []
            if lacking <= 0:
                if used:  # and freed since
                    self._memory.give_back()
                return
            if need > self.budget:
                raise Full(need, self.budget, passing=False)
            if not (evicted or passing) or waits == WAITS:
                raise Full(need, need - lacking, passing)
            if not evicted:
                waits += 1
                self._wait(first=waits == 1)
            evicted.clear()  # outside of the lock: to free a large value takes its time
            self._memory.give_back()
            with self._lock:
                used = any(left() is not None for left, _ in self._leaving.values())

    def release(self, key: str) -> None:
        """Give up what was reserved for a load that nobody has begun."""
        with self._lock:
            if key not in self._flights:
                self._reserved.pop(key, None)

    def has_room(self, need: float, key: str = "") -> bool:
        """Whether so much can be had, with what is reserved for `key`, without evicting anything."""
        with self._lock:
            return need <= self._room() + self._reserved.get(key, 0)

    def demote(self, key: str) -> None:
        """Evict this value before all others, until it is asked for again."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key, last=False)

    def forgive(self) -> None:
        """Forget failures: the next request tries again."""
        with self._lock:
            self._failures.clear()

    def outcomes(self) -> dict[str, ModeletError | None]:
        """None for each value that is held, by key, and for each that could not be loaded the failure, while it is
        remembered.
        """
        with self._lock:
            now = self._clock()
            failed = {key: failure for key, (until, failure) in self._failures.items() if now < until}
            return {**failed, **dict.fromkeys(self._values)}

    def knows(self, key: str) -> bool:
        """Whether the value of `key` is held or being loaded."""
        with self._lock:
            return key in self._values or key in self._flights

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._values

    def _reserve(self, key: str, need: float) -> float:
        # Answers what is lacking; nothing is reserved until nothing is.
        self._reserved.pop(key, None)
        if key in self._values:
            return 0.0
        lacking = need - self._room()
        if lacking <= 0:
            self._reserved[key] = need
        return lacking

    def _room(self) -> float:
        reserved = sum(self._reserved.values())
        return min(self.budget - self._total(), self._memory.spare()) - reserved

    def _total(self) -> float:
        self._leaving = {key: left for key, left in self._leaving.items() if left[0]() is not None}
        return sum(held.weight for held in self._values.values()) + sum(weight for _, weight in self._leaving.values())

    def _evict(self, surplus: float, keep: int = 0) -> list[_Held]:
        evicted = []
        while surplus > 0 and len(self._values) > keep:
            key, held = self._values.popitem(last=False)
            if hasattr(held.value, "__weakref__"):  # others are too small to be worth watching
                self._leaving[key] = ref(held.value), held.weight
            surplus -= held.weight
            evicted.append(held)
        return evicted

    @staticmethod
    def _wait(first: bool) -> None:
        # For whoever uses evicted values. At first it may be nobody but the traceback of a request that failed.
        if first:
            import gc

            gc.collect()
        else:
            time.sleep(WAIT_SECONDS)

    def _recall(self, key: str) -> _Held | None:
        # What somebody still uses need not be loaded once more.
        left, weight = self._leaving.get(key, (None, 0.0))
        value = left() if left else None
        if value is None:
            return None
        del self._leaving[key]
        self._values[key] = held = _Held(value, weight)
        return held

    def _raise_remembered(self, key: str) -> None:
        until, failure = self._failures.get(key, (0.0, None))
        if failure is not None and self._clock() < until:
            # Each raise would add to the traceback, which keeps every frame and its request alive.
            raise failure.with_traceback(None)

    def _start(self, key: str, load: Callable[[], Value], flight: _Flight[Value]) -> None:
        # Outside of the lock: with no memory left, a thread may not start, or its start not return.
        try:
            threading.Thread(target=self._load_aside, args=(key, load, flight), daemon=True).start()
        except BaseException as error:
            flight.failure = error
            self._land(key, flight)
            raise

    def _load_aside(self, key: str, load: Callable[[], Value], flight: _Flight[Value]) -> None:
        with flight.phases:
            self._load(key, load, flight)

    def _load(self, key: str, load: Callable[[], Value], flight: _Flight[Value]) -> None:
        try:
            value = load()
        except BaseException as error:  # noqa: BLE001 - raised to everyone who waits
            flight.failure = error
            with self._lock:
                self._remember(key, error)
        else:
            flight.values.append(value)
            self._keep(key, value)
            del value
        finally:
            self._land(key, flight)

    def _land(self, key: str, flight: _Flight[Value]) -> None:
        with self._lock:
            self._reserved.pop(key, None)
            del self._flights[key]
        flight.landed.set()

    def _keep(self, key: str, value: Value) -> None:
        weight = self._weigh(value)
        with self._lock:
            self._reserved.pop(key, None)
            self._values[key] = _Held(value, weight)
            evicted = self._evict(self._total() + sum(self._reserved.values()) - self.budget, keep=1)
        if evicted:
            evicted.clear()
            self._memory.give_back()

    def _remember(self, key: str, error: BaseException) -> None:
        now = self._clock()
        self._failures = {other: held for other, held in self._failures.items() if now < held[0]}
        if isinstance(error, ModeletError) and self._failure_ttl > 0:
            self._failures[key] = (now + self._failure_ttl, error)
