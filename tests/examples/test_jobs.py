"""The example jobs: each can be read, and says how to get its data."""

import re
from pathlib import Path

import pytest

from jobs.data.__main__ import FOLDER
from jobs.data.catalogue import SETS
from modelet.train import load_job

ROOT = Path(__file__).parents[2]
JOBS = sorted((ROOT / "jobs").glob("*.yaml"))
FETCHED = [path for path in JOBS if "sklearn:" not in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", JOBS, ids=lambda path: path.stem)
def test_a_job_can_be_read_and_holds_its_candidate_to_figures(path: Path) -> None:
    job = load_job(path)

    assert job.description
    assert job.gate.minimum or job.gate.maximum


@pytest.mark.parametrize("path", FETCHED, ids=lambda path: path.stem)
def test_a_job_says_how_to_get_all_of_its_data(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    told = re.search(r"make data JOB='?([a-z -]+)", text)
    named = {Path(found) for found in re.findall(rf"{FOLDER}/[^\s}}]+", text)}

    assert told
    fetched = {FOLDER / SETS[name].name / member.name for name in told[1].split() for member in SETS[name].members}
    assert named
    assert [path for path in named if path not in fetched and not any(path in file.parents for file in fetched)] == []


def test_the_help_of_make_names_every_set() -> None:
    (line,) = re.findall(r"^data:.*## (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(line.partition("JOB=")[2].split(", ")) == set(SETS)


def test_the_lock_of_npm_holds_hashes_and_no_addresses() -> None:
    text = (ROOT / "jobs" / "data" / "npm.txt").read_text(encoding="utf-8")

    assert "--hash=sha256:" in text
    assert "://" not in text
