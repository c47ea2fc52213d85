"""What a run does with what it has made when it is resumed late, elsewhere, or after a failure."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modelet.errors import (
    InvalidJob,
    OutOfMemory,
    StoreUnavailable,
)
from modelet.registry.reading import find_version
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train import Job, load_job, resume, run
from modelet.train.estimators import Mlp
from modelet.train.export import Drift
from modelet.train.gate import Gate
from modelet.train.promotion import Promotion
from modelet.train.record import list_runs, read_run, state_of
from tests.published import serve
from tests.train.conftest import the_run
from tests.watched_store import WatchedStore

JOBS = Path(__file__).parents[2] / "jobs"


def test_a_candidate_that_was_not_compared_with_what_is_live_by_now_is_not_promoted(memory: Store, iris: Job) -> None:
    run(memory, iris)
    job = replace(iris, promote=Promotion())

    def interrupt(stage: str, fraction: float | None) -> None:
        if stage == "publish":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(memory, job, interrupt)
    (left,) = [found.id for found in list_runs(memory) if found.state == "waiting"]
    overtaking = run(memory, job)
    outcome = resume(memory, left)

    assert (overtaking.manifest.version, overtaking.promoted) == (2, True)
    assert (outcome.manifest.version, outcome.promoted, outcome.shares) == (3, False, {})
    assert any("version 3 is published, but not promoted" in note for note in outcome.notes)
    assert find_version(memory, "iris", "live") == 2


def test_what_fails_after_the_candidate_is_kept_can_be_resumed(memory: Store, iris: Job) -> None:
    def fail(verb: str, key: str) -> None:
        if verb.startswith("put") and key.startswith("models/"):
            raise OSError(28, "No space left on device")

    with pytest.raises(OutOfMemory, match=r"The disk of .* is full"):
        run(WatchedStore(memory, fail), iris)

    assert state_of(read_run(memory, the_run(memory))) == "interrupted"
    assert resume(memory, the_run(memory)).manifest.version == 1


def test_a_run_that_is_resumed_where_its_data_are_not_waits_for_another_try(
    memory: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{number % 7},{number % 5},{'ab'[number % 2]}\n" for number in range(40))
    (tmp_path / "rows.csv").write_text("one,two,kind\n" + rows)
    (tmp_path / "job.yaml").write_text(
        "model: made\ndata: {source: rows.csv, target: kind, leaks: warn}\nestimator: {name: logistic}\n"
    )
    monkeypatch.chdir(tmp_path)

    def interrupt(stage: str, fraction: float | None) -> None:
        if stage == "fit":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(memory, load_job(tmp_path / "job.yaml"), interrupt)
    monkeypatch.chdir("/")
    with pytest.raises(InvalidJob, match=r"rows\.csv"):
        resume(memory, the_run(memory))
    monkeypatch.chdir(tmp_path)

    assert resume(memory, the_run(memory)).manifest.version == 1


def test_a_record_that_is_gone_is_a_store_that_is_away(tmp_path: Path, iris: Job) -> None:
    store = open_store(tmp_path.as_uri())

    def remove(stage: str, fraction: float | None) -> None:
        if stage == "publish" and fraction is None:
            (tmp_path / "jobs" / the_run(store) / "state.json").unlink()

    with pytest.raises(StoreUnavailable, match="was the store moved"):
        run(store, iris, remove)


def test_the_metrics_of_an_int8_version_are_those_of_its_own_answers(memory: Store) -> None:
    job = load_job(JOBS / "digits.yaml")
    job = replace(
        job,
        estimator=Mlp(hidden_layer_sizes=(100, 50), batch_size=64, max_iter=5),
        gate=Gate(),
        export=replace(job.export, quantise="int8", drift=Drift(label_flips=1, largest_difference=10)),
    )

    outcome = run(memory, job)
    held = outcome.held_out
    assert held is not None
    session = serve(memory).session("digits")
    answered = session.run(held.inputs, ("label", "probabilities"))
    shares = answered["probabilities"][np.arange(len(held.truth)), held.truth].astype(float)

    assert outcome.manifest.lineage["optimised"] == "int8"
    assert outcome.metrics["accuracy"] == pytest.approx((answered["label"] == held.truth).mean(), abs=1e-6)
    assert outcome.metrics["log_loss"] == pytest.approx(-np.log(shares).mean(), abs=1e-4)
