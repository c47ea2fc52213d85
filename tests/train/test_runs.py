"""Runs: each has a record from its beginning to its end, and goes on after whatever ended it."""

import json
import os
import signal
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modelet.errors import (
    CandidateRefused,
    Conflict,
    InvalidJob,
    InvalidName,
    InvalidRequest,
    StoreUnavailable,
)
from modelet.jobs.changing import create
from modelet.jobs.reading import list_jobs
from modelet.manifest import Manifest
from modelet.registry.changing import rollback
from modelet.registry.reading import find_version, list_versions, read_manifest
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train import Job, resume, run
from modelet.train.candidate import candidate_key, describe_candidate, read_candidate
from modelet.train.gate import Gate
from modelet.train.promotion import Promotion
from modelet.train.record import begin, described, find_run, list_runs, read_run, state_of
from tests.train.conftest import the_run
from tests.watched_store import WatchedStore

JOBS = Path(__file__).parents[2] / "jobs"

KILLED = """
import os, signal, sys
from pathlib import Path
from modelet.store import open_store
from modelet.train import load_job, run
from tests.watched_store import WatchedStore

url, job, last = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
seen = 0

def watch(verb, key):
    global seen
    if verb.startswith("put") and not key.endswith("state.json"):
        seen += 1
        if seen == last:
            os.kill(os.getpid(), signal.SIGKILL)

run(WatchedStore(open_store(url), watch), load_job(job))
"""


def let_go(store: Store, run_id: str, **changed: Any) -> None:
    """What a dead worker's claim comes to in time; and its record `changed`."""
    key = f"jobs/{run_id}/state.json"
    found = store.get(key)
    assert found is not None
    held = json.loads(found.data)
    held["claim"]["until"] = 0
    held["request"]["job"].update(changed)
    store.put_if_match(key, json.dumps(held).encode(), found.etag)


def told(manifest: Manifest) -> dict[str, Any]:
    """What a manifest says, but for what differs between two runs of one job."""
    held = manifest.to_json()
    held["lineage"] = {name: value for name, value in held["lineage"].items() if name != "run"}
    return {
        name: held[name] for name in ("artifact", "signature", "labels", "columns", "metrics", "lineage", "version")
    }


def test_a_run_has_a_record_that_says_how_it_ended(memory: Store, iris: Job) -> None:
    outcome = run(memory, iris)

    record = read_run(memory, outcome.run)
    assert record.state == "succeeded"
    assert record.result == {"model": "iris", "version": 1, "metrics": outcome.metrics}
    assert described(record) == iris
    assert outcome.manifest.lineage["run"] == record.id
    assert [job.id for job in list_jobs(memory)] == [record.id]


def test_the_record_of_a_run_shows_its_stage_while_it_runs(memory: Store, iris: Job) -> None:
    seen = []

    def look(stage: str, fraction: float | None) -> None:
        seen.append((stage, read_run(memory, the_run(memory)).state))

    run(memory, iris, look)

    assert {state for _, state in seen} == {"running"}


def test_a_refused_candidate_is_kept_with_its_run_and_never_servable(memory: Store, iris: Job) -> None:
    with pytest.raises(CandidateRefused, match=r"accuracy is 0\.97.*its report: modelet runs show") as caught:
        run(memory, replace(iris, gate=Gate(minimum={"accuracy": 1.0})))

    record = read_run(memory, the_run(memory))
    assert (state_of(record), record.error and record.error.message) == ("refused", caught.value.message)
    candidate = read_candidate(memory, record.id)
    assert candidate is not None
    assert candidate.described["metrics"]["accuracy"] < 1
    assert list(memory.scan("models/")) == []
    with pytest.raises(Conflict, match="there is nothing to go on with"):
        resume(memory, record.id)


def test_an_interrupted_run_goes_on_where_it_was(memory: Store, iris: Job) -> None:
    undisturbed = run(open_store(f"memory://{uuid.uuid4().hex}"), iris)

    def interrupt(stage: str, fraction: float | None) -> None:
        if stage == "publish":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(memory, iris, interrupt)
    record = read_run(memory, the_run(memory))
    stages: list[str] = []
    outcome = resume(memory, record.id, lambda stage, _: stages.append(stage))

    assert state_of(record) == "interrupted"
    assert set(stages) == {"publish"}  # what was trained is not trained again
    assert told(outcome.manifest) == told(undisturbed.manifest)
    assert (outcome.run, outcome.held_out) == (record.id, None)


def test_a_store_that_goes_away_in_the_middle_leaves_a_run_to_be_resumed(memory: Store, iris: Job) -> None:
    def refuse(verb: str, key: str) -> None:
        if key.startswith("models/") and verb.startswith("put"):
            raise StoreUnavailable("The store is away.")

    with pytest.raises(StoreUnavailable, match="The store is away"):
        run(WatchedStore(memory, refuse), iris)
    record = read_run(memory, the_run(memory))

    assert state_of(record) == "interrupted"
    assert list_versions(memory, "iris") == []
    assert resume(memory, record.id).manifest.version == 1


def test_what_fails_says_so_on_the_record(memory: Store, iris: Job) -> None:
    def fail(stage: str, fraction: float | None) -> None:
        if stage == "fit":
            raise MemoryError

    with pytest.raises(Exception, match="needs more memory"):
        run(memory, iris, fail)

    record = read_run(memory, the_run(memory))
    assert (record.state, record.error and record.error.code) == ("failed", "out_of_memory")


def test_a_run_that_is_being_worked_on_is_nobody_elses(memory: Store, iris: Job) -> None:
    def another(stage: str, fraction: float | None) -> None:
        if stage == "fit" and fraction is None:
            with pytest.raises(Conflict, match="is being worked on"):
                resume(memory, the_run(memory))

    assert run(memory, iris, another).manifest.version == 1


def test_the_run_of_a_process_that_was_killed_is_taken_over_at_once(tmp_path: Path, iris: Job) -> None:
    store = open_store(tmp_path.as_uri())
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path.as_uri(), JOBS / "iris.yaml", "1"], cwd=JOBS.parent, check=False
    )

    record = read_run(store, the_run(store))
    outcome = resume(store, record.id)

    assert done.returncode == -signal.SIGKILL
    assert record.state == "running"
    assert (outcome.manifest.version, read_run(store, record.id).attempts) == (1, 2)


def test_a_kill_at_any_write_leaves_the_version_of_an_undisturbed_run(tmp_path: Path, iris: Job) -> None:
    undisturbed = told(run(open_store((tmp_path / "undisturbed").as_uri()), iris).manifest)
    last, survived = 0, False

    while not survived:
        last += 1
        url = (tmp_path / str(last)).as_uri()
        command = [sys.executable, "-c", KILLED, url, str(JOBS / "iris.yaml"), str(last)]
        survived = subprocess.run(command, cwd=JOBS.parent, check=False).returncode == 0
        store = open_store(url)
        if not survived:
            resume(store, the_run(store))

        assert list_versions(store, "iris") == [1]
        assert told(read_manifest(store, "iris", 1)) == undisturbed

    assert last > 5


def test_a_run_that_is_resumed_after_its_promotion_does_not_undo_a_rollback(memory: Store, iris: Job) -> None:
    first, job = run(memory, iris), replace(iris, promote=Promotion())

    def vanish(verb: str, key: str) -> None:
        if key.endswith("state.json") and verb == "put_if_match" and find_version(memory, "iris", "live") == 2:
            raise StoreUnavailable("The store is away.")

    with pytest.raises(StoreUnavailable):
        run(WatchedStore(memory, vanish), job)
    rollback(memory, "iris")
    (left,) = [found.id for found in list_runs(memory) if found.id != first.run]
    let_go(memory, left)

    outcome = resume(memory, left)

    assert (outcome.manifest.version, outcome.shares) == (2, {1: 1.0})
    assert find_version(memory, "iris", "live") == 1


def test_a_canary_gets_its_share_and_the_others_keep_their_proportion(memory: Store, iris: Job) -> None:
    shares = [run(memory, replace(iris, promote=Promotion(canary=0.2))).shares for _ in range(3)]

    assert shares == [{1: 1.0}, {1: 0.8, 2: 0.2}, pytest.approx({1: 0.64, 2: 0.16, 3: 0.2})]


def test_a_run_is_found_by_the_beginning_of_its_id(memory: Store, iris: Job) -> None:
    first, second = run(memory, iris).run, run(memory, iris).run

    assert find_run(memory, second[:20]) == second
    with pytest.raises(InvalidRequest, match="2 runs begin with '0"):
        find_run(memory, "0")
    with pytest.raises(InvalidName):
        find_run(memory, "fff")
    assert [found.id for found in list_runs(memory, "iris")] == [second, first]
    assert list_runs(memory, "other") == []


def test_a_job_of_another_kind_is_no_run(memory: Store) -> None:
    other = create(memory, "register", {"model": "iris"})

    with pytest.raises(InvalidRequest, match="is a 'register' job, and no training run"):
        resume(memory, other.id)


def test_a_run_whose_job_this_modelet_does_not_read_waits_for_one_that_does(memory: Store, iris: Job) -> None:
    record = begin(memory, iris)
    let_go(memory, record.id, newer=1)

    with pytest.raises(InvalidJob, match=r"The job of run .* a job has no key 'newer'"):
        resume(memory, record.id)

    assert state_of(read_run(memory, record.id)) == "interrupted"


def test_sigterm_leaves_a_clean_record(tmp_path: Path) -> None:
    job = tmp_path / "slow.yaml"
    job.write_text(
        (JOBS / "digits.yaml").read_text().replace("alpha: 0.001", "alpha: 0.001\n  max_iter: 100000\n  tol: 0")
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "functions.train.handler", str(job), "--store", (tmp_path / "store").as_uri()]
    with subprocess.Popen(command, cwd=JOBS.parent, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("fit"):
                process.terminate()
                break
        process.stderr.read()

    store = open_store((tmp_path / "store").as_uri())
    assert process.returncode == 130
    assert state_of(read_run(store, the_run(store))) == "interrupted"
    assert describe_candidate(store, the_run(store)) is None
    assert candidate_key("x") == "runs/x/candidate.json"
