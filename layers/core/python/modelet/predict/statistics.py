"""What the models of this process have done: counters by version, written at the end of each invocation.

They begin at nothing in each execution environment, and nobody adds up those of several: for that there are the metrics
of the log.
"""

import threading
import time
from collections.abc import Mapping

from modelet import phases

VERSIONS_KEPT = 1000
"""Versions that are counted at once; a new one takes the place of the one that was asked longest ago."""
SIZES_KEPT = 64
"""Numbers of rows that are counted apart, for each version: those that came first."""


class Spent:
    """How often, how many rows, and nanoseconds: of decoding, running and encoding, and of the whole, loading too."""

    __slots__ = ("all", "count", "decode", "encode", "rows", "run")

    def __init__(self) -> None:
        self.count = self.rows = self.decode = self.run = self.encode = self.all = 0

    def add(self, rows: int, spent: Mapping[str, int]) -> None:
        """Count one prediction by its phases."""
        self.count += 1
        self.rows += rows
        self.decode += spent.get("decode", 0)
        self.run += spent.get("run", 0)
        self.encode += spent.get("encode", 0)
        self.all += sum(spent.values())

    def plus(self, other: "Spent") -> "Spent":
        """The sum of both, which changes with neither."""
        total = Spent()
        for name in self.__slots__:
            setattr(total, name, getattr(self, name) + getattr(other, name))
        return total


class Counters:
    """What one version has done: by the number of rows, with `others` beyond SIZES_KEPT, and what has failed.

    `last` is when it was asked last, in nanoseconds since the epoch.
    """

    __slots__ = ("failed", "last", "model", "others", "sizes", "version")

    def __init__(self, model: str, version: int) -> None:
        self.model = model
        self.version = version
        self.last = 0
        self.failed, self.others = Spent(), Spent()
        self.sizes: dict[int, Spent] = {}

    def add(self, rows: int, spent: Mapping[str, int]) -> None:
        """Count one prediction of so many rows."""
        size = self.sizes.get(rows)
        if size is None:
            size = self.others
            if len(self.sizes) < SIZES_KEPT:
                size = self.sizes[rows] = Spent()
        size.add(rows, spent)

    def answered(self) -> Spent:
        """The sum of all predictions."""
        total = self.others
        for spent in self.sizes.values():
            total = total.plus(spent)
        return total

    def copy(self) -> "Counters":
        """The same numbers, which no longer change."""
        copied, nothing = Counters(self.model, self.version), Spent()
        copied.last = self.last
        copied.failed, copied.others = self.failed.plus(nothing), self.others.plus(nothing)
        copied.sizes = {size: spent.plus(nothing) for size, spent in self.sizes.items()}
        return copied


class Prediction:
    """One that is under way; `rows` says how many were run, once they were. Called with what was spent, it counts."""

    __slots__ = ("_key", "_statistics", "rows")

    def __init__(self, statistics: "Statistics", key: tuple[str, int]) -> None:
        self._statistics = statistics
        self._key = key
        self.rows: int | None = None

    def __call__(self, spent: Mapping[str, int]) -> None:
        self._statistics.count(self._key, self.rows, spent)


class Statistics:
    """The counters of a process. Safe to share between threads."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, int], Counters] = {}
        self._lock = threading.Lock()

    def begin(self, model: str, version: int) -> Prediction:
        """Count a prediction of this thread's invocation when that is over, as a failure unless its rows are known by
        then; outside of an invocation nothing is counted.
        """
        prediction = Prediction(self, (model, version))
        phases.observe(prediction)
        return prediction

    def read(self, model: str | None = None) -> list[Counters]:
        """Copies of all counters, or of those of one model, by name and version."""
        with self._lock:
            held = [counters.copy() for key, counters in self._counters.items() if model in (None, key[0])]
        return sorted(held, key=lambda counters: (counters.model, counters.version))

    def count(self, key: tuple[str, int], rows: int | None, spent: Mapping[str, int]) -> None:
        """Count one prediction by its phases, of so many rows, or of none that failed."""
        now = time.time_ns()
        with self._lock:
            counters = self._counters.get(key) or self._make(key)
            counters.last = now
            if rows is None:
                counters.failed.add(0, spent)
            else:
                counters.add(rows, spent)

    def _make(self, key: tuple[str, int]) -> Counters:
        if len(self._counters) == VERSIONS_KEPT:
            del self._counters[min(self._counters, key=lambda other: self._counters[other].last)]
        counters = self._counters[key] = Counters(*key)
        return counters
