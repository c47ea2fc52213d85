"""Threads that run handlers for the event loop. Daemons, unlike those of an executor: a handler that never ends must
not keep the service alive after Ctrl-C.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class Workers:
    """At most `count` threads, started as they are needed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    async def run(self, function: Callable[[Argument], Result], argument: Argument) -> Result:
        """Call a function in one of the threads and wait for what it answers or raises."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Result] = loop.create_future()

        def settle(result: Result | None, failure: BaseException | None) -> None:
            if outcome.cancelled():
                return
            if failure is None:
                outcome.set_result(cast(Result, result))
            else:
                outcome.set_exception(failure)

        def call() -> None:
            result, failure = None, None
            try:
                result = function(argument)
            except BaseException as error:  # noqa: BLE001 - raised again where the result is waited for
                failure = error
            with suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(settle, result, failure)

        self._calls.put(call)
        if not self._idle.acquire(blocking=False) and len(self._threads) < self._count:
            self._threads.append(threading.Thread(target=self._work, daemon=True, name="handler"))
            self._threads[-1].start()
        return await outcome

    def _work(self) -> None:
        while True:
            self._calls.get()()
            self._idle.release()
