"""The job runner as a scheduler calls it, and as a container runs it: one JSON line and an exit status."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.train.handler import handler
from modelet.registry.reading import find_version, list_versions
from modelet.store import open_store
from modelet.train import find_job, run
from modelet.train.record import list_runs, state_of

ROOT = Path(__file__).parents[3]
IRIS = ROOT / "jobs" / "iris.yaml"
JOB: dict[str, Any] = {
    "model": "flowers",
    "data": {"source": "sklearn:iris"},
    "estimator": {"name": "logistic"},
    "gate": {"minimum": {"accuracy": 0.9}},
}
LONG = """\
model: flowers
data: {source: "sklearn:iris"}
estimator: {name: mlp, hidden_layer_sizes: [2], max_iter: 20000, n_iter_no_change: 20000}
"""


class Context:
    aws_request_id = "request-1"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a fresh store, which the environment names."""
    made = (tmp_path / "store").as_uri()
    monkeypatch.setenv("MODELET_STORE", made)
    return made


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "functions.train.handler", *map(str, arguments)]


def start(*arguments: object) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command(*arguments), cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


def finish(*arguments: object) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr


def test_an_event_with_a_job_publishes_a_version(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = handler({"job": JOB}, Context())

    line = json.loads(capsys.readouterr().out)
    (held,) = list_runs(open_store(url))
    assert (answer["model"], answer["version"], answer["promoted"], answer["store"]) == ("flowers", 1, True, url)
    assert (answer["run"], answer["alias"], answer["shares"]) == (held.id, "live", {"1": 1.0})
    assert answer["metrics"]["accuracy"] >= 0.9
    assert list_versions(open_store(url), "flowers") == [1]
    wanted = {"function": "train", "request_id": "request-1", "status": 200, "model": "flowers", "version": "1"}
    wanted["run"] = held.id
    assert wanted.items() <= line.items()


def test_an_event_may_name_a_file_or_an_object(url: str) -> None:
    answers = [handler({"job": where}, None) for where in (str(IRIS), IRIS.as_uri())]

    assert [(answer["model"], answer["version"]) for answer in answers] == [("iris", 1), ("iris", 2)]


@pytest.mark.parametrize(
    "event",
    [
        None, [], "job", {}, {"job": None}, {"job": 7}, {"job": {}}, {"job": "none.yaml"},
        {"resume": 7}, {"resume": ""}, {"job": JOB, "resume": "0190b5c2"},
    ],
)  # fmt: skip
def test_an_event_without_a_job_is_answered_as_a_mistake(url: str, event: Any) -> None:
    answer = handler(event, None)

    assert (answer["code"], answer["status"]) == ("invalid_job", 422)


def test_a_refused_candidate_is_answered_with_its_reason(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = handler({"job": JOB | {"gate": {"minimum": {"accuracy": 1}}}}, None)

    assert (answer["code"], answer["status"]) == ("candidate_refused", 422)
    assert re.search(r"accuracy is 0\.\d+, and must be at least 1", answer["error"])
    (held,) = list_runs(open_store(url))
    line = json.loads(capsys.readouterr().out)
    assert answer["run"] == held.id
    assert (line["code"], line["run"]) == ("candidate_refused", held.id)
    assert list_versions(open_store(url), "flowers") == []


def test_the_process_trains_the_digits_and_prints_one_line(url: str, tmp_path: Path) -> None:
    other = (tmp_path / "other").as_uri()

    status, answer, progress = finish(ROOT / "jobs" / "digits.yaml", "--store", other)

    assert status == 0
    assert (answer["model"], answer["version"], answer["promoted"], answer["notes"]) == ("digits", 1, True, [])
    assert answer["metrics"]["accuracy"] >= 0.96
    assert answer["parity"]["label_flips"] == 0
    assert progress.splitlines()[:3] == ["read the data …", "look for leaks …", "fit …"]
    assert find_version(open_store(other), "digits", "live") == 1
    assert list_versions(open_store(url), "digits") == []


@pytest.mark.parametrize(
    ("gate", "status", "code"),
    [("accuracy: 0.9", 0, None), ("acuracy: 0.9", 2, "invalid_job"), ("accuracy: 1", 5, "candidate_refused")],
)
def test_the_exit_status_says_what_became_of_the_job(
    url: str, tmp_path: Path, gate: str, status: int, code: str | None
) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(IRIS.read_text().replace("accuracy: 0.9", gate))

    found, answer, errors = finish(path)

    assert (found, answer.get("code")) == (status, code)
    assert answer.get("run") == next((held.id for held in list_runs(open_store(url))), None)
    assert "Traceback" not in errors
    assert list_versions(open_store(url), "iris") == ([] if status else [1])


def test_a_wrong_store_is_told_without_a_traceback(url: str) -> None:
    status, answer, errors = finish(IRIS, "--store", "ftp://somewhere")

    assert (status, answer["code"]) == (1, "invalid_setting")
    assert "Traceback" not in errors


def test_a_wrong_setting_is_told_without_a_traceback(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELET_THREADS", "many")

    status, answer, errors = finish(IRIS)

    assert (status, answer["code"]) == (1, "invalid_setting")
    assert "Traceback" not in errors


def test_a_store_that_is_away_asks_to_try_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").write_text("a file where the folder should be")

    status, answer, errors = finish(IRIS, "--store", (tmp_path / "store").as_uri())

    assert (status, answer["code"]) == (6, "store_unavailable")
    assert "Traceback" not in errors


@pytest.mark.parametrize("arguments", [(), (IRIS, "--resume", "0190b5c2")])
def test_a_command_without_a_job_or_with_a_run_beside_it_is_wrong_usage(arguments: tuple[object, ...]) -> None:
    done = subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "usage:" in done.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_fitting_leaves_no_version_and_no_alias(url: str, tmp_path: Path, sent: int) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(LONG)
    with start(path) as process:
        wait_for(process, "fit … 10 %\n")

        os.kill(process.pid, sent)
        out, errors = process.communicate()

    (held,) = list_runs(open_store(url))
    assert (process.returncode, out, errors) == (130, "", f"Interrupted: resume it with --resume {held.id}\n")
    assert state_of(held) == "interrupted"
    assert list((tmp_path / "store" / "models").rglob("*")) == []


def test_a_run_that_was_interrupted_is_resumed_by_its_id_alone(url: str, tmp_path: Path) -> None:
    path = tmp_path / "short.yaml"
    path.write_text(IRIS.read_text())
    with start(path) as process:
        wait_for(process, "fit …\n")
        process.terminate()
        _, errors = process.communicate()
    path.unlink()
    left = errors.split()[-1]

    status, answer, _ = finish("--resume", left)
    again = handler({"resume": left}, None)

    assert (status, answer["run"], answer["version"]) == (0, left, 1)
    assert list_versions(open_store(url), "iris") == [1]
    assert again["code"] == "conflict"


def test_an_event_resumes_a_run(url: str) -> None:
    store = open_store(url)
    job = find_job(JOB)
    with pytest.raises(KeyboardInterrupt):
        run(store, job, interrupt)
    (left,) = list_runs(store)

    answer = handler({"resume": left.id}, None)

    assert (answer["run"], answer["model"], answer["version"]) == (left.id, "flowers", 1)


def test_a_run_that_is_not_there_is_told(url: str) -> None:
    status, answer, errors = finish("--resume", "0190b5c2d1f47a10b1c2d3e4f5a6b7c8")

    assert (status, answer["code"], "run" in answer) == (1, "job_not_found", False)
    assert "Traceback" not in errors


def interrupt(stage: str, fraction: float | None) -> None:
    if stage == "publish":
        raise KeyboardInterrupt


def wait_for(process: subprocess.Popen[str], wanted: str) -> None:
    assert process.stderr is not None
    told = ""
    while not told.endswith(wanted):
        line = process.stderr.readline()
        assert line, told
        told += line
