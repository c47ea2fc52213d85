"""Ctrl-C in the middle of a push: the command ends at once with status 130, and nothing has changed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from tests.cli.conftest import Run
from tests.onnx_models import model, save, tensor

START_SECONDS = 60.0


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A model that counts for ages, so that examining it takes seconds."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["go_on"]),
            helper.make_node("Add", ["sum", "one"], ["next"]),
        ],
        "body",
        [
            tensor("round", [], TensorProto.INT64),
            tensor("going", [], TensorProto.BOOL),
            tensor("sum", ["N", 2]),
        ],
        [tensor("go_on", [], TensorProto.BOOL), tensor("next", ["N", 2])],
    )
    loop = helper.make_node("Loop", ["rounds", "always", "x"], ["y"], body=body)
    constants = {"rounds": np.int64(10**12), "always": np.bool_(True), "one": np.float32(1)}
    return save(model([loop], [tensor("x")], [tensor("y")], constants), tmp_path / "endless.onnx")


def test_ctrl_c_during_a_push_changes_no_version_and_no_alias(modelet: Run, doubling: Path, endless: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    before = snapshot(Path(".modelet"))
    process = subprocess.Popen(
        [sys.executable, "-m", "modelet.cli", "push", str(endless), "-n", "churn", "--promote"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child = examiner_of(process)

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert (out, b"Traceback" in err) == (b"", False)
    assert not Path(f"/proc/{child}").exists()
    assert snapshot(Path(".modelet")) == before


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def examiner_of(process: subprocess.Popen[bytes]) -> int:
    """The child process that examines the candidate, once it is there."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            if b"modelet.publish.child" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        os.sched_yield()
    raise AssertionError("the candidate was never examined")
