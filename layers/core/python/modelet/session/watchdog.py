"""Stops runs at their deadline that were expected to be brief, and are made in the thread of whoever asked: one thread
for the whole process, which sleeps until the earliest of them. Whoever waits for a run in another thread stops it.

A timer for each run would be a thread for each run, and cost more than most runs. Here a run puts its options on a list
and takes them off again; it wakes the thread only where its deadline is before the time at which the thread would look
by itself. Later requests have later deadlines, so that happens about once in as long as a request may take.

A clock that jumps, as it may when a snapshot is restored, only makes the thread look too early, or be woken once more.
"""

import os
import threading
from time import perf_counter_ns

from onnxruntime.capi.onnxruntime_pybind11_state import RunOptions

from modelet.phases import NEVER


class Watchdog:
    """Watches runs by their options, each until its deadline by `perf_counter_ns`. Safe to share between threads."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget everything: a forked child has the watchdog's memory, but not its thread."""
        self._deadlines: dict[RunOptions, int] = {}
        self._looks_at = NEVER
        self._woken = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, options: RunOptions, deadline: int) -> None:
        """Terminate the run of these options at `deadline`, unless it was forgotten by then.

        The runtime looks at the options between two nodes of the graph: a node that has begun is not stopped.
        """
        # Put down first and compared after, as the thread forgets when it looks before it reads the list: whatever the
        # order between two threads, the thread sees this run or is woken.
        self._deadlines[options] = deadline
        if deadline < self._looks_at:
            self._wake()

    def forget(self, options: RunOptions) -> None:
        """Leave a run alone, which has ended."""
        del self._deadlines[options]

    def _wake(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._keep_watch, name="watchdog", daemon=True)
                    self._thread.start()
        self._woken.set()

    def _keep_watch(self) -> None:
        while True:
            self._woken.clear()
            self._looks_at = NEVER
            now, earliest = perf_counter_ns(), NEVER
            for options, deadline in self._deadlines.copy().items():
                if deadline <= now:
                    options.terminate = True
                else:
                    earliest = min(earliest, deadline)
            self._looks_at = earliest
            self._woken.wait(None if earliest == NEVER else (earliest - now) / 1e9)


WATCHDOG = Watchdog()
os.register_at_fork(after_in_child=WATCHDOG.renew)
