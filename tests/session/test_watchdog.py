"""The watchdog: one thread ends each run at its own deadline, and wakes for one that is earlier than it sleeps for."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from time import perf_counter_ns

from onnxruntime.capi.onnxruntime_pybind11_state import RunOptions

from modelet.phases import NEVER
from modelet.session.watchdog import Watchdog

ROOT = Path(__file__).parents[2]
AGES = 10**15
SOON = 2_000_000

FORKED = """
import os, signal
import numpy as np
from modelet.errors import DeadlineExceeded
from modelet.phases import Phases
from modelet.store import open_store
from tests.onnx_models import counting
from tests.published import publish_model, serve

store = open_store("memory://forked")
publish_model(store, "counting", counting())
session = serve(store, threads=1).session("counting")

def is_stopped():
    session.run({"rounds": np.array(1)}, ["count"])  # was brief, and so the next one is left to the watchdog
    with Phases() as phases:
        phases.allow(0.05)
        try:
            session.run({"rounds": np.array(10**12)}, ["count"])
        except DeadlineExceeded:
            return True

assert is_stopped()
child = os.fork()
if child == 0:
    signal.alarm(20)
    os._exit(0 if is_stopped() else 1)
assert os.waitpid(child, 0)[1] == 0
assert is_stopped()
"""


def watched(dog: Watchdog, after: int) -> RunOptions:
    """Options that the watchdog terminates so many nanoseconds from now."""
    options = RunOptions()
    dog.watch(options, perf_counter_ns() + after)
    return options


def await_stop(options: RunOptions) -> None:
    deadline = time.monotonic() + 10
    while not options.terminate:
        assert time.monotonic() < deadline, "it was never stopped"
        os.sched_yield()


def watchdogs() -> int:
    return sum(thread.name == "watchdog" for thread in threading.enumerate())


def test_a_run_is_stopped_at_its_deadline_and_no_other() -> None:
    dog = Watchdog()
    late, forgotten, unlimited = watched(dog, AGES), watched(dog, SOON), RunOptions()
    dog.watch(unlimited, NEVER)
    dog.forget(forgotten)

    await_stop(watched(dog, 2 * SOON))

    assert (late.terminate, forgotten.terminate, unlimited.terminate) == (False, False, False)


def test_a_deadline_before_the_one_it_sleeps_for_wakes_it() -> None:
    dog = Watchdog()
    first = watched(dog, SOON)
    await_stop(first)
    watched(dog, AGES)

    for _ in range(100):
        await_stop(watched(dog, SOON // 100))


def test_a_deadline_that_has_passed_already_stops_at_once() -> None:
    dog = Watchdog()

    await_stop(watched(dog, -AGES))


def test_no_deadline_of_many_threads_is_missed() -> None:
    dog, stopped = Watchdog(), []

    def run() -> None:
        for number in range(100):
            options = watched(dog, SOON * (number % 3) // 10)
            await_stop(options)
            dog.forget(options)
            stopped.append(options)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(stopped) == 400


def test_runs_without_a_deadline_need_no_thread() -> None:
    dog, before = Watchdog(), watchdogs()

    for _ in range(10):
        options = RunOptions()
        dog.watch(options, NEVER)
        dog.forget(options)

    assert watchdogs() == before


def test_one_thread_watches_all_runs() -> None:
    dog, before = Watchdog(), watchdogs()

    runs = [watched(dog, AGES) for _ in range(50)]

    assert watchdogs() == before + 1
    assert not any(options.terminate for options in runs)


def test_a_forked_child_has_a_watchdog_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
