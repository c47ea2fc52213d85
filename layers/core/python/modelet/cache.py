"""Warm sessions within a memory budget: least recently used first out, one load under concurrent requests, failures
remembered briefly.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from modelet.errors import ModeletError

Value = TypeVar("Value")


@dataclass(slots=True)
class _Flight(Generic[Value]):
    landed: threading.Event = field(default_factory=threading.Event)
    values: list[Value] = field(default_factory=list)
    failure: BaseException | None = None

    def wait(self) -> Value:
        self.landed.wait()
        if self.failure is not None:
            raise self.failure
        return self.values[0]


class Cache(Generic[Value]):
    """Values by key. `weigh` gives a value's size in the unit of `budget`; the newest value is kept even if it alone
    exceeds it.
    """

    def __init__(
        self,
        budget: float,
        weigh: Callable[[Value], float],
        failure_ttl: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget
        self._weigh = weigh
        self._failure_ttl = failure_ttl
        self._clock = clock
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._failures: dict[str, tuple[float, ModeletError]] = {}
        self._flights: dict[str, _Flight[Value]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, load: Callable[[], Value]) -> Value:
        """Answer the value of `key`, calling `load` only if no one has it and no one else is loading it.

        A ModeletError that `load` raised is raised again, without another try, for `failure_ttl` seconds.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            self._raise_remembered(key)
            flight = self._flights.get(key)
            if flight is None:
                mine = self._flights[key] = _Flight()
        return flight.wait() if flight else self._load(key, load, mine)

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._values

    def _raise_remembered(self, key: str) -> None:
        until, failure = self._failures.get(key, (0.0, None))
        if failure is not None and self._clock() < until:
            # Each raise would add to the traceback, which keeps every frame and its request alive.
            raise failure.with_traceback(None)

    def _load(self, key: str, load: Callable[[], Value], flight: _Flight[Value]) -> Value:
        try:
            value = load()
        except BaseException as error:
            flight.failure = error
            with self._lock:
                self._remember(key, error)
            raise
        else:
            flight.values.append(value)
            with self._lock:
                self._values[key] = value
                self._evict()
            return value
        finally:
            with self._lock:
                del self._flights[key]
            flight.landed.set()

    def _remember(self, key: str, error: BaseException) -> None:
        now = self._clock()
        self._failures = {other: held for other, held in self._failures.items() if now < held[0]}
        if isinstance(error, ModeletError) and self._failure_ttl > 0:
            self._failures[key] = (now + self._failure_ttl, error)

    def _evict(self) -> None:
        total = sum(map(self._weigh, self._values.values()))
        while total > self._budget and len(self._values) > 1:
            _, oldest = self._values.popitem(last=False)
            total -= self._weigh(oldest)
