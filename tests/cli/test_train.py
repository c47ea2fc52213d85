"""`modelet train`: what it says of the version that it made, and how it ends from outside."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from modelet.registry.reading import list_versions
from modelet.store import open_store
from modelet.train.record import list_runs, state_of
from tests.cli.conftest import Run

JOB = """\
model: flowers
data: {source: "sklearn:iris"}
estimator: {name: logistic}
"""
LONG = """\
model: flowers
data: {source: "sklearn:iris"}
estimator: {name: mlp, hidden_layer_sizes: [2], max_iter: 1000000, n_iter_no_change: 1000000}
"""


def job(tmp_path: Path, promote: str = "") -> Path:
    path = tmp_path / "job.yaml"
    path.write_text(JOB + (f"promote: {promote}\n" if promote else ""))
    return path


@pytest.mark.parametrize(
    ("promote", "led"),
    [
        ("", ("live", {}, False)),
        ("live", ("live", {"2": 1.0}, True)),
        ("{alias: live, canary: 0.25}", ("live", {"1": 0.75, "2": 0.25}, False)),
        ("staging", ("staging", {"2": 1.0}, False)),
    ],
)
def test_json_tells_the_run_and_where_the_alias_leads(
    modelet: Run, tmp_path: Path, promote: str, led: tuple[str, dict[str, float], bool]
) -> None:
    modelet("train", job(tmp_path))

    done = modelet("train", job(tmp_path, promote), "--json")

    assert done.status == 0, done.err
    assert (done.json["model"], done.json["version"]) == ("flowers", 2)
    assert (done.json["alias"], done.json["shares"], done.json["promoted"]) == led
    newest, _ = list_runs(open_store(Path(".modelet/store").absolute().as_uri()))
    assert done.json["run"] == newest.id


@pytest.mark.parametrize(
    ("promote", "first", "second"),
    [
        ("", "flowers version 1, live", "flowers version 2"),
        ("live", "flowers version 1, live", "flowers version 2, live"),
        ("{canary: 0.1}", "flowers version 1, live", "flowers version 2, 10 % of live"),
        ("staging", "flowers version 1, live, staging", "flowers version 2, staging"),
        ("{alias: staging, canary: 0.125}", "flowers version 1, live, staging", "flowers version 2, 12.5 % of staging"),
    ],
)
def test_the_first_line_says_what_leads_to_the_version(
    modelet: Run, tmp_path: Path, promote: str, first: str, second: str
) -> None:
    path = job(tmp_path, promote)

    told = [modelet("train", path).out.splitlines()[0] for _ in range(2)]

    assert told == [first, second]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_an_end_from_outside_while_it_fits_leaves_a_run_to_resume(
    tmp_path: Path, sent: signal.Signals, option: list[str]
) -> None:
    url = (tmp_path / "store").as_uri()
    path = tmp_path / "long.yaml"
    path.write_text(LONG)
    command = [sys.executable, "-m", "modelet.cli", "train", str(path), "--store", url, *option]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        wait_until_it_fits(process, url)

        process.send_signal(sent)
        out, err = process.communicate()

    store = open_store(url)
    (run,) = list_runs(store)
    assert (process.returncode, out, err) == (130, "", f"Interrupted: modelet train --resume {run.id}\n")
    assert state_of(run) == "interrupted"
    assert list_versions(store, "flowers") == []


def test_a_process_that_trained_ends_by_sigterm_as_before(modelet: Run, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)

    modelet("train", job(tmp_path))

    assert signal.getsignal(signal.SIGTERM) == before


def wait_until_it_fits(process: subprocess.Popen[str], url: str) -> None:
    store = open_store(url)
    while process.poll() is None:
        if any((run.progress or {}).get("stage") == "fit" for run in list_runs(store)):
            return
        os.sched_yield()
    raise AssertionError("it ended before it had fitted anything")
