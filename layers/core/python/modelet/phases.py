"""Where the time of an invocation goes, and until when it may go on.

An invocation is in one phase at a time, from `enter` until the next one, so that phases add up to no more than the
whole. What other threads do for it counts for as long as it waits for them (`await_helper`) and no longer: ranges that
are fetched side by side, or verified while others are still on their way, are not added up.

A mark is a function, not a context manager: that would cost three times as much, and a warm request passes six of them
in some fifty microseconds.
"""

import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from time import perf_counter_ns
from typing import Final

from modelet.errors import DeadlineExceeded

NAMES: Final = ("resolve", "fetch", "verify", "load", "decode", "run", "encode")
"""Every phase there is, in the order in which a cold start goes through them."""

TOTAL: Final = "total"

NEVER: Final = 1 << 63
"""The deadline of what may go on for ever."""

MARGIN_SECONDS: Final = 0.25
"""What is kept of a limit for answering before it is over; of one below 2.5 seconds, a tenth."""

Observer = Callable[[Mapping[str, int]], None]
"""Is told the nanoseconds by phase, once; those under no name were spent in none."""

_OUTSIDE = ""
_imported = perf_counter_ns()
_init_ms: float | None = None


class Phases:
    """The phases of one invocation, or of one thread that helps it; `with` makes them those of the present thread.

    Times are in nanoseconds of `perf_counter_ns`, and so is the `deadline`.
    """

    __slots__ = ("_closed", "_started", "_token", "_told", "deadline", "name", "observer", "since", "spent")

    def __init__(self) -> None:
        self.spent: dict[str, int] = {}
        self.name = _OUTSIDE
        self._started = self.since = perf_counter_ns()
        self._closed: dict[str, float] | None = None
        self._token: Token[Phases | None]
        self.observer: Observer | None = None
        self._told: Mapping[str, int] = {}
        self.deadline = NEVER

    def __enter__(self) -> "Phases":
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._closed is None:
            enter(_OUTSIDE)
            self.tell()
        _current.reset(self._token)

    def so_far(self) -> dict[str, int]:
        """Nanoseconds by phase until now, those of the present one included."""
        spent, now = self.spent.copy(), perf_counter_ns()
        spent[self.name] = spent.get(self.name, 0) + now - self.since
        spent.pop(_OUTSIDE, None)
        return spent

    def add(self, helper: dict[str, int], since: int) -> None:
        """Count what a helper did, having waited for it from `since` until now: in full, or its shares of the wait."""
        now = perf_counter_ns()
        spent, waited, busy, counted = self.spent, now - since, sum(helper.values()), 0
        for name, duration in helper.items():
            share = duration if busy <= waited else duration * waited // busy
            spent[name] = spent.get(name, 0) + share
            counted += share
        spent[self.name] = spent.get(self.name, 0) + now - self.since - counted
        self.since = now

    def allow(self, seconds: float) -> None:
        """Let the invocation go on for `seconds` from its start, less a margin to answer in."""
        self.deadline = self._started + int(1e9 * (seconds - min(MARGIN_SECONDS, seconds / 10)))

    def shorten(self, seconds: float) -> None:
        """Let the invocation go on for no longer than `seconds` from its start."""
        self.deadline = min(self.deadline, self._started + int(1e9 * seconds))

    def share_left(self, since: int) -> float:
        """What share of the time until the deadline was left at `since`; not above 0 where none was."""
        whole = self.deadline - self._started
        return (self.deadline - since) / whole if whole > 0 else 0.0

    def remaining(self) -> float | None:
        """Seconds until the deadline, at least 0; None where there is none."""
        return None if self.deadline == NEVER else max(0, self.deadline - perf_counter_ns()) / 1e9

    def close(self) -> dict[str, float]:
        """Milliseconds by phase, and last the total; the first call fixes them.

        Whole microseconds, rounded down, so that the phases still add up to no more than the total.
        """
        if self._closed is None:
            now = perf_counter_ns()
            self.spent[self.name] = self.spent.get(self.name, 0) + now - self.since
            self.name, self.since = _OUTSIDE, now
            self._closed = {name: spent // 1000 / 1000 for name, spent in self.spent.items() if name}
            self._closed[TOTAL] = (now - self._started) // 1000 / 1000
            self.tell()
        return self._closed

    def change(self, observer: Observer) -> None:
        """Tell the observer, and let another one be told what is spent from now on."""
        enter(self.name)
        self.tell()
        self.observer, self._told = observer, self.spent.copy()

    def tell(self) -> None:
        """Tell the observer, if there is one, what was spent since the one before was told."""
        observer, told, spent = self.observer, self._told, self.spent
        if observer is not None:
            self.observer = None
            observer({name: duration - told.get(name, 0) for name, duration in spent.items()} if told else spent)


_current: ContextVar[Phases | None] = ContextVar("phases", default=None)


def ready() -> None:
    """Say that a process which imported this module first of all can now answer."""
    global _init_ms  # noqa: PLW0603 - a process becomes ready once
    _init_ms = (perf_counter_ns() - _imported) // 1000 / 1000


def since_import() -> float:
    """Seconds from the first import until now: a process which imported this module first of all began then."""
    return (perf_counter_ns() - _imported) / 1e9


def init_ms() -> float | None:
    """Milliseconds from the first import until `ready`; None where nobody said so."""
    return _init_ms


def enter(name: str) -> None:
    """Say what the invocation of this thread does from now on; of no effect outside of one."""
    current = _current.get()
    if current is not None:
        now, spent, present = perf_counter_ns(), current.spent, current.name
        spent[present] = spent.get(present, 0) + now - current.since
        current.name, current.since = name, now


def observe(observer: Observer) -> None:
    """Tell `observer` what this thread's invocation has spent, when it is over or another one is to be told; of no
    effect outside of one.
    """
    current = _current.get()
    if current is not None:
        if current.observer is None:
            current.observer = observer
        else:
            current.change(observer)


def shorten(seconds: float) -> None:
    """Let the invocation of this thread go on for no longer than `seconds` from its start; of no effect outside of
    one.
    """
    current = _current.get()
    if current is not None:
        current.shorten(seconds)


def deadline() -> int:
    """When the invocation of this thread must be answered, by `perf_counter_ns`; NEVER outside of one."""
    current = _current.get()
    return NEVER if current is None else current.deadline


def share_left(since: int) -> float:
    """What share of its time the invocation of this thread still had at `since`, by `perf_counter_ns`: 1 is all of it,
    which is also the answer where there is no deadline.
    """
    current = _current.get()
    return 1.0 if current is None else current.share_left(since)


def await_helper(landed: threading.Event, helper: Phases, seconds: float | None = None) -> bool:
    """Wait, at most so long, until `landed` is set by the thread that `helper` holds the phases of, and count them as
    this thread's own; answers whether it was set.
    """
    current = _current.get()
    if current is None:
        return landed.wait(seconds)
    since = perf_counter_ns()
    in_time = landed.wait(seconds)
    current.add(helper.so_far(), since)
    return in_time


def await_in_time(landed: threading.Event, helper: Phases, awaited: str) -> None:
    """Wait likewise, but no longer than until the deadline of this thread's invocation.

    Raises DeadlineExceeded then, saying what was `awaited`; the helper goes on.
    """
    current = _current.get()
    if not await_helper(landed, helper, None if current is None else current.remaining()):
        raise DeadlineExceeded(f"{awaited} takes longer than this request can wait: send it again in a moment.")
