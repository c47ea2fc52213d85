"""Shards run by a pool of processes of this machine. Each is started anew, never forked, so that it inherits no lock
and no thread, and none of them outlives this process, however that ends.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import orjson

from modelet.errors import Unavailable
from modelet.shards.engines.engine import TRIES, Stop, Watch, never, unwatched
from modelet.shards.engines.stopping import Stopping
from modelet.shards.outputs import missing
from modelet.shards.planning import Plan
from modelet.shards.running import Failed, Runner
from modelet.store.base import Store

LOOK_SECONDS = 0.1

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""The processes are what runs beside each other; threads of theirs would only wait for the same cores."""


@dataclass(frozen=True, slots=True)
class Pool:
    """So many processes at once, at most. `env` is their environment."""

    processes: int
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def run(self, store: Store, plan: Plan, watch: Watch = unwatched, stop: Stop = never) -> None:
        left = missing(store, plan)
        stopping = Stopping(store, plan, stop)
        if not left or stopping():
            return
        work = _Work(left)
        command = [sys.executable, "-m", "modelet.shards.worker", "--store", store.url, "--job", plan.id, "--serve"]
        seats = [_Seat(command, self.env, work) for _ in range(min(self.processes, len(left)))]
        try:
            for seat in seats:
                seat.thread.start()
            _await(store, plan, work, watch, stopping)
        finally:
            for seat in seats:
                seat.end()


def _await(store: Store, plan: Plan, work: "_Work", watch: Watch, stopping: Stopping) -> None:
    runner = Runner(store, plan)
    ended, failed = 0, 0
    done = plan.count - work.count
    while ended < work.count and not stopping():
        try:
            told = work.told.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            continue
        if told.broken is not None:
            raise told.broken
        ended += 1
        failed += told.failed is not None
        if told.failed is not None and told.killed:
            runner.fail(told.index, told.failed)
        watch(done + ended - failed, plan.count)


@dataclass(frozen=True, slots=True)
class _Told:
    # What became of a shard; `killed` says that its worker could not record it. `broken`: why none is run any more.
    index: int = -1
    failed: Failed | None = None
    killed: bool = False
    broken: Exception | None = None


class _Work:
    # The shards that are left, and how often each was begun; shared by the threads of all workers.
    def __init__(self, left: list[int]) -> None:
        self.count = len(left)
        self.told: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        self._left = deque(left)
        self._begun: dict[int, int] = {}
        self._open = self.count
        self._changed = threading.Condition()

    def take(self) -> int | None:
        """The next shard, waiting for one that may be tried again; None once all have ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._left or not self._open)
            if not self._left:
                return None
            index = self._left.popleft()
            self._begun[index] = self._begun.get(index, 0) + 1
            return index

    def end(self, told: _Told) -> None:
        """Say what became of a shard, which is tried again where that may help."""
        with self._changed:
            if told.failed is not None and told.failed.again and self._begun[told.index] < TRIES:
                self._left.append(told.index)
            else:
                self._open -= 1
                self.told.put(told)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._left.clear()
            self._open = 0
            self._changed.notify_all()


class _Seat:
    # One place in the pool: a thread and the process that it talks to, which is replaced when it dies.
    def __init__(self, command: list[str], env: Mapping[str, str], work: _Work) -> None:
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._command = command
        path = os.pathsep.join(folder or str(os.curdir) for folder in sys.path)
        self._env = {**ONE_THREAD, **env, "PYTHONPATH": path}
        self._work = work
        self._stillborn = 0
        self._over = threading.Event()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def end(self) -> None:
        """Kill the process, whatever it does, and wait for it."""
        self._work.close()
        with self._starting:
            self._over.set()
            if self._process is not None:
                _kill(self._process)
        if self.thread.is_alive():
            self.thread.join()
        self._leave()

    def _run(self) -> None:
        try:
            while not self._over.is_set() and (index := self._work.take()) is not None:
                told = self._ask(index)
                if not self._over.is_set():
                    self._work.end(told)
        except OSError as error:
            self._work.told.put(_Told(broken=Unavailable(f"No process runs shards: {error.strerror or error}.")))
        except Exception as error:  # noqa: BLE001 - raised again where the shards are waited for
            self._work.told.put(_Told(broken=error))

    def _ask(self, index: int) -> _Told:
        process = self._started()
        if process is None:
            return _Told(index)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(b"%d\n" % index)
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = b""
        if not answer:
            return _Told(index, self._died(process), killed=True)
        self._stillborn = 0
        failed = orjson.loads(answer)["failed"]
        return _Told(index, failed and Failed(**failed))

    def _started(self) -> "subprocess.Popen[bytes] | None":
        with self._starting:
            if self._process is None and not self._over.is_set():
                self._process = subprocess.Popen(
                    self._command,
                    env=self._env,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    start_new_session=True,  # Ctrl-C is for this process, which ends that one
                )
            return self._process

    def _died(self, process: "subprocess.Popen[bytes]") -> Failed:
        self._leave()
        status = process.wait()
        self._stillborn += 1
        if status > 0 and self._stillborn == TRIES and not self._over.is_set():
            raise ChildProcessError(f"{TRIES} of them ended with status {status} before they had run one")
        how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        hint = ": there may be too little memory for so many processes" if status == -signal.SIGKILL else ""
        return Failed("worker_died", f"Its process was ended {how}{hint}.", again=True)

    def _leave(self) -> None:
        with self._starting:
            process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()
        process.wait()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    # With all that it started, for it leads a group.
    with suppress(ProcessLookupError):  # it has ended by itself
        os.killpg(process.pid, signal.SIGKILL)
