"""Running a loaded model, until its deadline: what the runtime refuses comes out as our errors.

The runtime can be stopped between two nodes of a graph, not within one. So a run that may take long is left to a thread
of its own, which is awaited no longer than until the deadline. One that is expected to be brief, for one like it lately
was, is not: to hand it over and back costs more than most runs take.
docs/decisions/0014-a-run-that-may-be-long-has-a-thread-of-its-own.md
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from time import perf_counter_ns
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from onnxruntime.capi import onnxruntime_pybind11_state as native

from modelet import phases
from modelet.errors import (
    CorruptObject,
    DeadlineExceeded,
    ModeletError,
    ModelRunFailed,
    OutOfMemory,
    RunStopped,
)
from modelet.manifest import Manifest, Variant
from modelet.session.opening import Source, open_runtime
from modelet.session.watchdog import WATCHDOG
from modelet.store.ahead import Ahead

Array = np.ndarray[Any, Any]
T = TypeVar("T")

BRIEF = 10
"""How many times over what is left of the invocation must hold a run that is made in its own thread."""

SLICE_SECONDS = 0.1
"""Of a run that nobody waits for, how often its time is looked at: what a freeze may count for."""

LEAST_PRIORITY = 19
EXIT_NS = 2_000_000_000
"""How long a process that ends awaits runs that it has stopped."""

MOST = 0.5
"""A run that had less than this share of its request's time, as after a load, may end in time when asked again."""


class Session:
    """One version of one model, ready to run; safe to share between threads."""

    def __init__(self, manifest: Manifest, source: Source, threads: int, variant: Variant | None = None) -> None:
        """Load the canonical artifact, or the variant that lies at the path `source`.

        Raises CorruptObject where the runtime refuses it, OutOfMemory where it does not fit.
        """
        self.manifest = manifest
        self.inputs = {spec.name: spec for spec in manifest.signature.inputs}
        self.outputs = tuple(spec.name for spec in manifest.signature.outputs)
        self.variant = variant
        self.resident_bytes = 0.0
        """What it takes of the memory, as whoever loaded it found."""
        self._took: dict[int, int] = {}  # the nanoseconds of the last run by the order of size of its inputs
        try:
            self._runtime = open_runtime(source, manifest.signature, threads, variant, manifest.opsets)
        except Exception as error:  # noqa: BLE001 - the runtime's exceptions share no base class
            if _is_out_of_memory(error):
                raise OutOfMemory(f"{_title(manifest)} does not fit the memory of this function.") from None
            raise CorruptObject(f"{_title(manifest)} cannot be loaded: {_reason(error)}") from None
        # Its own `run` looks again at what was fitted to the signature, which takes as long as a small model does; and
        # where a provider fails it prints, and tries again with the only one there is.
        self._execute = self._runtime._sess.run  # noqa: SLF001

    def run(self, inputs: dict[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """Run the model on arrays by input name and answer arrays by output name.

        Raises ModelRunFailed with the runtime's reason, OutOfMemory where an intermediate result does not fit,
        RunStopped where this thread's invocation cannot wait for it, DeadlineExceeded where most of its time had gone
        before: the run ends as soon as the runtime looks.
        """
        options, deadline = native.RunOptions(), phases.deadline()
        left, size = deadline - perf_counter_ns(), 0
        for array in inputs.values():
            size += array.size
        order = size.bit_length()
        if left <= 0:
            raise self._late(deadline - left)
        if deadline == phases.NEVER:
            values = self._run(options, inputs, outputs, order)
        elif self._took.get(order, deadline) * BRIEF < left:
            WATCHDOG.watch(options, deadline)
            try:
                values = self._run(options, inputs, outputs, order)
            finally:
                WATCHDOG.forget(options)
        else:
            run = Ahead(lambda: self._run(options, inputs, outputs, order))
            if not run.wait(left / 1e9):
                options.terminate = True
                _await_at_exit(run, options)
                raise self._late(deadline - left)
            values = run.result()
        return dict(zip(outputs, map(np.asarray, values), strict=True))

    def run_aside(
        self, inputs: dict[str, Array], outputs: Sequence[str], seconds: float
    ) -> tuple[dict[str, Array], float]:
        """Run it while nobody waits, in a thread that gives way to all others, and stop it after `seconds`; answers
        also how many it took. In neither counts for how long the whole process was frozen. Returns when the run has
        ended, and raises what `run` raises.
        """
        options, order = native.RunOptions(), sum(array.size for array in inputs.values()).bit_length()
        run = Ahead(lambda: _humbly(lambda: self._run(options, inputs, outputs, order)))
        _await_at_exit(run, options)
        took, ended = 0.0, False
        while not ended:
            began = perf_counter_ns()
            ended = run.wait(SLICE_SECONDS)
            took += min((perf_counter_ns() - began) / 1e9, SLICE_SECONDS)
            if took >= seconds:
                options.terminate = True
        return dict(zip(outputs, map(np.asarray, run.result()), strict=True)), took

    def _run(
        self, options: native.RunOptions, inputs: dict[str, Array], outputs: Sequence[str], order: int
    ) -> list[Any]:
        began = perf_counter_ns()
        try:
            values: list[Any] = self._execute(outputs, inputs, options)
        except _RUN_ERRORS as error:
            if not options.terminate:
                raise self._failed(error) from None
            self._took[order] = perf_counter_ns() - began
            raise self._late(began) from None
        self._took[order] = perf_counter_ns() - began
        return values

    def _late(self, began: int) -> DeadlineExceeded:
        title = _title(self.manifest)
        if phases.share_left(began) < MOST:
            return DeadlineExceeded(
                f"{title} was stopped: most of the time that this request can wait had gone when it was loaded. Send "
                "it again in a moment."
            )
        return RunStopped(
            f"{title} was stopped: this run takes longer than the request can wait, and would again. Send fewer rows "
            "at once; or send the header Prefer: respond-async (patient=True in modelet.Client), which gives it up to "
            "15 minutes; or give the function more memory, which brings more CPU."
        )

    def _failed(self, error: Exception) -> ModeletError:
        if _is_out_of_memory(error):
            return OutOfMemory(f"{_title(self.manifest)} needs more memory for this input than this function has.")
        return ModelRunFailed(f"{_title(self.manifest)} could not be run on this input: {_reason(error)}")


_RUN_ERRORS: tuple[type[Exception], ...] = (
    native.Fail,
    native.InvalidArgument,
    native.RuntimeException,
    native.NotImplemented,
    native.EPFail,
    native.InvalidGraph,
    ValueError,
    RuntimeError,
    MemoryError,
)


_AT_EXIT: "WeakKeyDictionary[Ahead[Any], native.RunOptions]" = WeakKeyDictionary()


def _await_at_exit(run: "Ahead[Any]", options: native.RunOptions) -> None:
    # A thread that comes back from the runtime while the interpreter goes away aborts the process.
    _AT_EXIT[run] = options
    _end_at_exit()


@cache
def _end_at_exit() -> None:
    import atexit  # few processes have such runs

    atexit.register(_end)


def _end() -> None:
    until = perf_counter_ns() + EXIT_NS
    left = list(_AT_EXIT.items())
    for _, options in left:
        options.terminate = True
    for run, _ in left:
        run.wait(max(0, until - perf_counter_ns()) / 1e9)


def _humbly(run: Callable[[], T]) -> T:
    if sys.platform == "linux":  # where each thread has a priority of its own
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LEAST_PRIORITY)
    return run()


def _title(manifest: Manifest) -> str:
    return f"Model {manifest.model!r} version {manifest.version}"


def _is_out_of_memory(error: Exception) -> bool:
    # The arena says the one, allocating without it the other.
    text = str(error)
    return isinstance(error, MemoryError) or "Failed to allocate memory" in text or "std::bad_alloc" in text


def _reason(error: Exception) -> str:
    # "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Got invalid dimensions ...": the user wants the last part.
    return str(error).split(" : ", 3)[-1].strip().split("\n", 1)[0]
