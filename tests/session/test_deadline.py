"""Who waits for a run: the thread of whoever asked only where it is expected to be brief, else one of its own."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from modelet.errors import DeadlineExceeded, ModelRunFailed, OutOfMemory, RunStopped
from modelet.manifest import Artifact, Manifest
from modelet.phases import Phases, enter
from modelet.session import Session
from tests.onnx_models import counting, multiplying, scale
from tests.published import declared_signature, filled

ROOT = Path(__file__).parents[2]
Run = Callable[[], Any]
LONG = 60.0


def opened(made: Any) -> Session:
    manifest = Manifest("m", Artifact("0" * 64, 1), declared_signature(made), version=1)
    return Session(manifest, made.SerializeToString(), threads=1)


def within(seconds: float, run: Run) -> Any:
    """What a run answers in an invocation that has so long."""
    with Phases() as phases:
        phases.shorten(seconds)
        return run()


def threads_for(run: Run) -> int:
    """How many threads a run starts."""
    started = []

    def count(_frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in ("start_new_thread", "start_joinable_thread"):
            started.append(called)

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return len(started)


def doubling(rows: int) -> Run:
    """Runs of one session, of so many rows."""
    return lambda: SESSION.run({"x": np.ones((rows, 2), np.float32)}, ["y_pred"])


SESSION = opened(scale(2.0))


@pytest.fixture(autouse=True, scope="module")
def watchdog() -> None:
    """The thread that stops brief runs is there already."""
    session = opened(scale(2.0))
    for _ in range(2):
        within(LONG, lambda: session.run({"x": np.ones((1, 2), np.float32)}, ["y_pred"]))


def test_a_run_is_handed_over_unless_one_of_its_order_of_size_was_brief() -> None:
    few, more, many = doubling(4), doubling(7), doubling(4000)

    handed_over = [threads_for(lambda run=run: within(LONG, run)) for run in (few, few, more, many, many, few)]  # type: ignore[misc]

    assert handed_over == [1, 0, 0, 1, 0, 0]


def test_a_run_without_a_deadline_never_is() -> None:
    assert [threads_for(doubling(rows)) for rows in (100_000, 100_000)] == [0, 0]


def test_brief_is_what_leaves_most_of_the_time() -> None:
    session = opened(counting())

    def count(rounds: int) -> Run:
        return lambda: session.run({"rounds": np.array(rounds)}, ["count"])

    count(10**6)()  # takes several tenths of a second
    handed_over = [threads_for(lambda: within(1.0, count(1))) for _ in range(2)]

    assert handed_over == [1, 0]


def test_one_that_was_expected_to_be_brief_and_had_to_be_stopped_is_so_no_more() -> None:
    session = opened(counting())

    def count(rounds: int) -> Run:
        return lambda: session.run({"rounds": np.array(rounds)}, ["count"])

    count(1)()
    with pytest.raises(RunStopped, match="was stopped"):
        within(0.1, count(10**12))

    assert threads_for(lambda: within(0.9, count(1))) == 1


def test_a_run_that_nobody_waits_for_any_more_ends_as_soon_as_the_runtime_looks() -> None:
    session, before = opened(counting()), set(threading.enumerate())

    with pytest.raises(RunStopped):
        within(0.02, lambda: session.run({"rounds": np.array(10**12)}, ["count"]))
    handed_over = [thread for thread in threading.enumerate() if thread not in before]
    for thread in handed_over:
        thread.join(10)

    assert not any(thread.is_alive() for thread in handed_over)


@pytest.mark.parametrize("brief", [True, False], ids=["not handed over", "handed over"])
@pytest.mark.parametrize(("gone", "code"), [(0.2, "run_stopped"), (0.7, "deadline_exceeded")])
def test_who_had_little_time_for_its_run_may_do_better_when_it_asks_again(brief: bool, gone: float, code: str) -> None:
    session = opened(counting())
    if brief:
        session.run({"rounds": np.array(1)}, ["count"])

    def load_and_run() -> Any:
        threading.Event().wait(gone)  # as a load would
        return session.run({"rounds": np.array(10**12)}, ["count"])

    with pytest.raises(DeadlineExceeded) as stopped:
        within(0.3 + gone, load_and_run)

    assert stopped.value.code == code


def test_a_run_that_would_be_as_late_again_says_what_to_do_instead() -> None:
    with pytest.raises(RunStopped, match=r"Prefer: respond-async \(patient=True in modelet\.Client\)"):
        within(0.02, lambda: opened(counting()).run({"rounds": np.array(10**12)}, ["count"]))


def test_whoever_asked_does_not_wait_for_a_node_that_has_begun() -> None:
    session = opened(multiplying())

    def multiply(side: int) -> Any:
        return session.run({"side": np.full(2, side), "x": np.ones((1, 1), np.float32)}, ["sum"])["sum"]

    before = set(threading.enumerate())

    with pytest.raises(RunStopped, match="'m' version 1 was stopped"):
        within(0.02, lambda: multiply(3000))
    still_running = [thread for thread in threading.enumerate() if thread not in before]
    beside = within(LONG, lambda: multiply(2))
    for thread in still_running:
        thread.join()

    assert len(still_running) == 1
    assert (beside, within(LONG, lambda: multiply(3))) == (8, 27)


@pytest.mark.parametrize("seconds", [LONG, None], ids=["handed over", "not handed over"])
def test_what_the_runtime_refuses_is_raised_to_whoever_asked(seconds: float | None) -> None:
    def fails(session: Session, name: str, array: Any, outputs: list[str]) -> None:
        def run() -> Any:
            return session.run({name: array}, outputs)

        within(seconds, run) if seconds else run()

    with pytest.raises(ModelRunFailed, match="dimensions"):
        fails(opened(scale(2.0)), "x", np.ones((1, 3), np.float32), ["y_pred"])
    with pytest.raises(OutOfMemory, match="more memory for this input"):
        fails(opened(filled()), "s", np.array([1 << 46]), ["y"])


def test_what_failed_says_nothing_of_how_long_the_next_one_takes() -> None:
    session = opened(scale(2.0))
    with pytest.raises(ModelRunFailed):
        session.run({"x": np.ones((1, 3), np.float32)}, ["y_pred"])

    handed_over = threads_for(lambda: within(LONG, lambda: session.run({"x": np.ones((1, 2), np.float32)}, ["y_pred"])))

    assert handed_over == 1


def test_the_time_of_the_other_thread_counts_as_that_of_the_run() -> None:
    session = opened(counting())
    with Phases() as phases:
        phases.shorten(LONG)
        enter("run")

        session.run({"rounds": np.array(10**4)}, ["count"])

        spent = phases.close()

    assert list(spent) == ["run", "total"]
    assert spent["run"] > 0.9 * spent["total"]


def test_who_runs_for_nobody_is_told_how_long_it_took() -> None:
    outputs, took = opened(counting()).run_aside({"rounds": np.array(1000)}, ["count"], LONG)

    assert outputs["count"].tolist() == 1000
    assert 0 < took < LONG


def test_a_run_that_nobody_waits_for_is_stopped_and_has_ended_then() -> None:
    session, before = opened(multiplying()), set(threading.enumerate())

    with pytest.raises(RunStopped):
        session.run_aside({"side": np.full(2, 3000), "x": np.ones((1, 1), np.float32)}, ["sum"], 0.1)

    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(0.1)
    assert not any(thread.is_alive() for thread in left)


def test_a_run_that_nobody_waits_for_gives_way_to_all_others() -> None:
    session, before = opened(counting()), set(threading.enumerate())

    def run() -> None:
        with pytest.raises(RunStopped):
            session.run_aside({"rounds": np.array(10**12)}, ["count"], 1.0)

    caller, seen = threading.Thread(target=run), set[int]()
    caller.start()
    while caller.is_alive():
        for thread in set(threading.enumerate()) - before - {caller}:
            with suppress(ProcessLookupError):
                seen.add(os.getpriority(os.PRIO_PROCESS, thread.native_id or 0))
        caller.join(0.01)

    assert 19 in seen or sys.platform != "linux"  # elsewhere a thread has no priority of its own
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < 19


ENDS = """
import numpy as np
from modelet.errors import RunStopped
from tests.onnx_models import counting
from tests.session.test_deadline import opened, within

session = opened(counting())
try:
    within(0.02, lambda: session.run({"rounds": np.array(10**12)}, ["count"]))
except RunStopped:
    print("stopped")
"""


def test_a_process_that_ends_right_after_a_run_was_stopped_ends_well() -> None:
    ended = [
        subprocess.run([sys.executable, "-c", ENDS], cwd=ROOT, capture_output=True, text=True, timeout=60)
        for _ in range(3)
    ]

    assert [(process.returncode, process.stdout, process.stderr) for process in ended] == [(0, "stopped\n", "")] * 3
