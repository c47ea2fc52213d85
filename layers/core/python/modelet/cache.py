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
class _Flight:
    done: threading.Event = field(default_factory=threading.Event)
    failure: BaseException | None = None


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
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()

    def get(self, key: str, load: Callable[[], Value]) -> Value:
        """Answer the value of `key`, calling `load` only if no one has it and no one else is loading it.

        A ModeletError that `load` raised is raised again, without another try, for `failure_ttl` seconds.
        """
        while True:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
                self._raise_remembered(key)
                flight = self._flights.get(key)
                if flight is None:
                    flight = self._flights[key] = _Flight()
                    break
            flight.done.wait()
            if flight.failure is not None:
                raise flight.failure
        return self._load(key, load, flight)

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._values

    def _raise_remembered(self, key: str) -> None:
        until, failure = self._failures.get(key, (0.0, None))
        if failure is not None:
            if self._clock() < until:
                raise failure
            del self._failures[key]

    def _load(self, key: str, load: Callable[[], Value], flight: _Flight) -> Value:
        try:
            value = load()
        except BaseException as error:
            with self._lock:
                flight.failure = error
                if isinstance(error, ModeletError):
                    self._failures[key] = (self._clock() + self._failure_ttl, error)
            raise
        else:
            with self._lock:
                self._values[key] = value
                self._evict()
            return value
        finally:
            with self._lock:
                del self._flights[key]
            flight.done.set()

    def _evict(self) -> None:
        total = sum(map(self._weigh, self._values.values()))
        while total > self._budget and len(self._values) > 1:
            _, oldest = self._values.popitem(last=False)
            total -= self._weigh(oldest)
