"""Odd surroundings: an interrupt at start-up, a full disk, an ASCII terminal, a damaged store, a pipe, a terminal."""

import os
import pty
import signal
import socket
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from onnx import helper

from tests.cli.conftest import Run
from tests.onnx_models import model, save, scale, tensor

COMMAND = [sys.executable, "-m", "modelet.cli"]

INTERRUPTED_AT_START = """
import signal, sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "modelet.cli.app":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
sys.argv = ["modelet", "models", "list"]
from modelet.cli import main
main()
"""


def test_an_interrupt_while_the_command_starts_prints_no_traceback(modelet: Run) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_AT_START], capture_output=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_with_json_wrong_usage_is_an_object_too(modelet: Run) -> None:
    done = modelet("push", "model.onnx", "--json")

    assert (done.status, done.out) == (2, "")
    assert orjson.loads(done.err)["code"] == "usage"
    assert "--name" in orjson.loads(done.err)["error"]


def test_a_terminal_that_only_knows_ascii_sees_escapes(modelet: Run, doubling: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}

    done = subprocess.run(
        [*COMMAND, "push", str(doubling), "-n", "churn"], env=environment, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert b"sha256:" in done.stdout


def test_a_push_that_cannot_be_told_of_names_the_version_all_the_same(modelet: Run, doubling: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "push", str(doubling), "-n", "churn", "--json"], stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert done.returncode == 1
    assert b"churn version 1 is published" in done.stderr
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_one_damaged_model_does_not_hide_the_others(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "broken")
    modelet("push", doubling, "-n", "sound")
    Path(".modelet/store/models/broken/aliases.json").write_text("{")

    done = modelet("models", "list")

    assert done.status == 0
    assert [line.split()[:2] for line in done.out.splitlines()[1:]] == [["broken", "damaged"], ["sound", "1"]]
    assert "models/broken/aliases.json" in done.err
    assert [row["live"] for row in modelet("models", "list", "--json").json] == [
        None,
        [{"version": 1, "weight": 1.0}],
    ]


def test_names_from_a_model_do_not_speak_to_the_terminal(modelet: Run, tmp_path: Path) -> None:
    name = "x\x1b[31m"
    made = model([helper.make_node("Identity", [name], ["y"])], [tensor(name)], [tensor("y")])

    done = modelet("push", save(made, tmp_path / "odd.onnx"), "-n", "odd")

    assert done.status == 0
    assert "\x1b" not in done.out
    assert r"x\x1b[31m FP32" in done.out


def test_predict_reads_standard_input(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    done = subprocess.run([*COMMAND, "predict", "churn", "-"], input=b'{"x": [1, 2]}', capture_output=True, check=False)

    assert orjson.loads(done.stdout) == {"y_pred": [2.0, 4.0]}


def test_copy_can_promote_there(modelet: Run, doubling: Path, tripling: Path, tmp_path: Path) -> None:
    there = f"file://{tmp_path}/there"
    modelet("push", doubling, "-n", "churn")
    modelet("push", tripling, "-n", "churn", "--promote")
    modelet("push", doubling, "-n", "churn", "--store", there)

    modelet("copy", "churn@2", "--to", there)
    assert modelet("predict", "churn", '{"x": [1, 1]}', "--store", there).json == {"y_pred": [2.0, 2.0]}

    modelet("copy", "churn@2", "--to", there, "--promote")
    assert modelet("predict", "churn", '{"x": [1, 1]}', "--store", there).json == {"y_pred": [3.0, 3.0]}


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_pull_replaces_no_more_than_a_plain_file(modelet: Run, doubling: Path, kind: str) -> None:
    modelet("push", doubling, "-n", "churn")
    place = Path("place")
    if kind == "link":
        place.symlink_to("elsewhere")
    else:
        os.mkfifo(place)

    done = modelet("pull", "churn", "-o", place, "--force")

    assert done.status == 4
    assert "no plain file" in done.err
    assert place.is_symlink() or place.is_fifo()


def test_a_folder_that_is_not_there_is_named_as_the_user_named_it(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    done = modelet("pull", "churn", "-o", "no/such/model.onnx")

    assert done.status == 2
    assert "'no/such/model.onnx'" in done.err


def test_a_busy_port_is_found_out_before_the_training(modelet: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        done = modelet("demo", "--once", "--port", busy.getsockname()[1])

    assert done.status == 2
    assert "is in use" in done.err
    assert not Path(".modelet").exists()


def test_long_work_shows_a_bar_on_a_terminal_and_none_elsewhere(modelet: Run, tmp_path: Path) -> None:
    file = save(scale(2.0), tmp_path / "model.onnx")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}

    process = subprocess.Popen(
        [*COMMAND, "push", str(file), "-n", "churn"], stdout=subprocess.PIPE, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = read_all(ours)
    process.communicate()

    assert process.returncode == 0
    assert b"Publishing churn" in shown
    assert modelet("push", file, "-n", "other").err == ""


def read_all(terminal: int) -> bytes:
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:
        pass  # Linux says EIO when the other side of a terminal is gone
    finally:
        os.close(terminal)
    return shown


def test_a_terminated_command_ends(modelet: Run) -> None:
    with subprocess.Popen([*COMMAND, "up", "--port", "0", "--json"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        process.stdout.read()

    assert process.returncode == 0
