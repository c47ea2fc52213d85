"""Reads that run beside others: a cold start lasts as long as its longest chain of reads, not as all of them together.

Plain threads, for asyncio and concurrent.futures take longer to import than a read takes.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from modelet.phases import Phases, await_helper, await_in_time

T = TypeVar("T")

SWITCH_SECONDS = 0.0002
"""How long a thread computes on while another one wants to, where those that read come first."""


class Ahead(Generic[T]):
    """A call that was started at once, in a thread of its own; whoever does not ask for its result, leaves it alone."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._failure: BaseException | None = None
        self._value: T
        self._phases = Phases()
        self._landed = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the call to end, at most so long, and raise nothing; answers whether it has ended."""
        return await_helper(self._landed, self._phases, seconds)

    def result(self) -> T:
        """Wait for the call and answer its value, or raise what it raised; raises DeadlineExceeded where the invocation
        cannot wait so long.
        """
        await_in_time(self._landed, self._phases, "Reading the store")
        if self._failure is not None:
            raise self._failure
        return self._value

    def _run(self) -> None:
        try:
            with self._phases:
                self._value = self._call()
        except BaseException as failure:  # noqa: BLE001 - raised again where the result is asked for
            self._failure = failure
        finally:
            self._landed.set()


@contextmanager
def readers_first() -> Iterator[None]:
    """Let threads that read have their turn at once.

    An import computes without a pause. A thread whose answer is there would wait 5 ms until it can go on, each time
    that it waited for something, and a chain of reads waits a dozen times.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
