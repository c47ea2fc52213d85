"""One child process of an examination, and how it may end."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from modelet.errors import Unavailable

MIB = 1024 * 1024
ONE_FILE_BYTES = 2**31 - 1  # what one protobuf message may hold
_OUT_OF_MEMORY = re.compile(r"MemoryError|bad_alloc|Cannot allocate memory|Failed to allocate memory")
_DISK_FULL = "No space left on device"
_FOLDING_GAVE_UP = re.compile(rf"during constant folding.*({_OUT_OF_MEMORY.pattern})")


@dataclass(frozen=True, slots=True)
class Limits:
    """What examining a candidate may use, and how large a model may be whose weights are kept in its one file."""

    memory_bytes: int = 4096 * MIB
    seconds: float = 300.0
    one_file_bytes: int = ONE_FILE_BYTES


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a child ended without a result; `final` where what it reported before is worth nothing either."""

    reason: str
    final: bool


class Step:
    """A child process that loads its libraries ahead, beside others, and waits for its turn."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "modelet.publish.child", name, str(folder)],
            env=_environment(folder),
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends the child
        )

    def run(self, limits: Limits, deadline: float) -> Failure | None:
        """Let it do its work until `deadline` by time.monotonic; answers how it failed, if it did."""
        try:
            _, errors = self._process.communicate(b"\n", timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return _too_slow(limits)
        return _failure(self._process.returncode, errors.decode(errors="replace"), limits)

    def end(self) -> None:
        """Kill it if it still lives."""
        with self._process:  # which waits, and closes what it was talked to through
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)


@contextmanager
def started(names: Sequence[str], folder: Path) -> Iterator[list[Step]]:
    """The steps of these names, each a process; none outlives the context."""
    steps: list[Step] = []
    try:
        with _uninterrupted():
            steps.extend(Step(name, folder) for name in names)
        yield steps
    finally:
        for step in steps:
            step.end()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    # Or a process may begin that nobody knows of. Blocking the signal would not do: another thread may take it then,
    # and Python raises KeyboardInterrupt in this one all the same.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts: list[int] = []
    usual = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual or signal.SIG_DFL)
    if interrupts:
        signal.raise_signal(signal.SIGINT)


def _failure(status: int, errors: str, limits: Limits) -> Failure | None:
    too_large = f"it needs more than the {limits.memory_bytes // MIB} MB that examining it may use: raise "
    too_large += "MODELET_CANDIDATE_MB."
    if status == 0:
        # The runtime gives up folding where memory is short, and would not where it is served.
        return Failure(too_large, final=True) if _FOLDING_GAVE_UP.search(errors) else None
    if status == -signal.SIGKILL or _OUT_OF_MEMORY.search(errors):
        return Failure(too_large, final=False)
    if status == -signal.SIGXCPU:
        return _too_slow(limits)
    if _DISK_FULL in errors:
        raise Unavailable("The disk on which candidates are examined is full: free some room, or set TMPDIR.")
    if status < 0:
        return Failure(f"running it ended the process by {signal.Signals(-status).name}.", final=True)
    return Failure(f"examining it failed: {errors.strip().rsplit(chr(10), 1)[-1]:.300}.", final=True)


def _too_slow(limits: Limits) -> Failure:
    return Failure(
        f"examining it took longer than {limits.seconds:g} seconds: raise MODELET_CANDIDATE_SECONDS.", final=False
    )


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "HOME": str(folder),  # where no credentials are
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "ORT_DISABLE_TELEMETRY": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
