"""Reads that run beside others: a cold start lasts as long as its longest chain of reads, not as all of them together.

Plain threads, for asyncio and concurrent.futures take longer to import than a read takes.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """A call that was started at once, in a thread of its own; whoever does not ask for its result, leaves it alone."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._failure: BaseException | None = None
        self._value: T
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> T:
        """Wait for the call and answer its value, or raise what it raised."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._value

    def _run(self) -> None:
        try:
            self._value = self._call()
        except BaseException as failure:  # noqa: BLE001 - raised again where the result is asked for
            self._failure = failure
