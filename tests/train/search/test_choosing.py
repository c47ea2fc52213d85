"""Searching: trials on the learning rows, by whatever engine, and the best of them; the same each time."""

import os
import uuid
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from modelet.errors import Conflict, InvalidJob
from modelet.shards import load_plan, missing
from modelet.shards.engines import Batch, Engine, Inline, Pool
from modelet.shards.engines.engine import Stop, Watch, never, unwatched
from modelet.shards.planning import Plan
from modelet.shards.running import run_shard
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train.data import load
from modelet.train.document import Place
from modelet.train.job import Job, read_job
from modelet.train.search.choosing import Bench, Chosen, choose, choose_on
from modelet.train.search.learning import hold, learning_rows
from modelet.train.table import Table
from tests.shards.aws_batch import FakeContainers

RUN = "0" * 32
JOB = """\
model: flowers
seed: 3
data: {source: "sklearn:iris"}
estimator: {name: logistic, C: 1.0}
search:
"""
GRID = """\
  strategy: grid
  folds: 3
  space: {estimator.C: [0.001, 1.0], features.scaling: [standard, none]}
"""
RANDOM = """\
  strategy: random
  trials: 4
  folds: 3
  space: {estimator.C: {low: 1e-4, high: 1e2, log: true}}
"""
HALVING = """\
  strategy: halving
  trials: 9
  folds: 2
  space: {estimator.C: {low: 1e-4, high: 1e2, log: true}}
"""
OPTUNA = """\
  strategy: optuna
  trials: 10
  folds: 2
  space:
    estimator.C: {low: 1e-4, high: 1e2, log: true}
    estimator.max_iter: {low: 200, high: 300, int: true}
    features.scaling: [standard, none]
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file://{tmp_path}/store")


def job_of(search: str, old: str = "", new: str = "") -> Job:
    return read_job((JOB + search).replace(old, new).encode(), Place("job.yaml"), "job")


def learning(job: Job) -> Table:
    table = load(job.data, job.seed)
    return table.take(job.split.positions(table, job.seed)[0])


def searched(store: Store, job: Job, engine: Engine | None = None) -> Chosen:
    assert job.search is not None
    return choose_on(Bench(store, RUN, engine or Inline()), job, job.search, learning(job))


class Backwards:
    """Runs the last shard first."""

    def run(self, store: Store, plan: Plan, watch: Watch = unwatched, stop: Stop = never) -> None:
        for index in reversed(missing(store, plan)):
            run_shard(store, plan, index)


class Interrupted:
    """Is interrupted after some shards."""

    def __init__(self, after: int) -> None:
        self.left = after

    def run(self, store: Store, plan: Plan, watch: Watch = unwatched, stop: Stop = never) -> None:
        for index in missing(store, plan):
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            run_shard(store, plan, index)


def test_a_grid_tries_every_combination_and_the_best_becomes_the_job(store: Store) -> None:
    job, told = job_of(GRID), list[tuple[str, float | None]]()

    chosen = choose(store, RUN, job, lambda: learning(job), lambda stage, fraction: told.append((stage, fraction)))

    assert [trial.parameters for trial in chosen.trials] == [
        {"estimator.C": c, "features.scaling": scaling} for c in (0.001, 1.0) for scaling in ("standard", "none")
    ]
    scores = [trial.score for trial in chosen.trials]
    assert chosen.winner is not None
    assert chosen.winner.score == min(score for score in scores if score is not None)
    assert chosen.metric == "log_loss"
    assert len(chosen.winner.scores) == 3
    assert {"accuracy", "log_loss"} <= set(chosen.winner.metrics)
    best = chosen.winner.parameters
    assert (chosen.job.estimator.C, chosen.job.features.scaling) == (best["estimator.C"], best["features.scaling"])  # type: ignore[attr-defined]
    assert replace(chosen.job, estimator=job.estimator, features=job.features) == job
    assert (told[0], told[-1]) == (("search", None), ("search", 1.0))


@pytest.mark.parametrize("search", [GRID, RANDOM, HALVING, OPTUNA])
def test_the_winner_does_not_depend_on_the_order_of_completion_or_on_being_repeated(search: str) -> None:
    first, second = (open_store(f"memory://{uuid.uuid4().hex}") for _ in range(2))

    forwards, backwards = searched(first, job_of(search)), searched(second, job_of(search), Backwards())

    assert forwards.summary() == backwards.summary()
    assert [trial.score for trial in forwards.trials] == [trial.score for trial in backwards.trials]
    assert forwards.summary() == searched(first, job_of(search)).summary()


@pytest.mark.parametrize("kind", ["pool", "batch"])
def test_the_winner_does_not_depend_on_the_engine(
    store: Store, kind: str, request: pytest.FixtureRequest, s3_env: dict[str, str], tmp_path: Path
) -> None:
    other = open_store(f"file://{tmp_path}/other")
    engine: Engine = Pool(2)
    if kind == "batch":
        containers = FakeContainers(s3_env, f"search-{uuid.uuid4().hex}")
        engine = Batch(containers.queue, containers.definition, s3_env, pause=containers.pause)
    job = job_of(RANDOM, "trials: 4", "trials: 2")

    here, there = searched(store, job), searched(other, job, engine)

    assert here.summary() == there.summary()
    assert [trial.scores for trial in here.trials] == [trial.scores for trial in there.trials]


@pytest.mark.parametrize("search", [GRID, HALVING, OPTUNA])
def test_an_interrupted_search_goes_on_with_the_trials_that_are_missing(store: Store, search: str) -> None:
    undisturbed = searched(open_store(f"memory://{uuid.uuid4().hex}"), job_of(search))
    with pytest.raises(KeyboardInterrupt):
        searched(store, job_of(search), Interrupted(after=3))
    before = {entry.key: store.get(entry.key) for entry in store.scan(f"jobs/{RUN}-search-0/shards/")}

    resumed = searched(store, job_of(search))

    assert len(before) == 3
    assert {key: store.get(key) for key in before} == before
    assert resumed.summary() == undisturbed.summary()


def test_halving_gives_the_better_third_three_times_the_rows(store: Store) -> None:
    job = job_of(HALVING, "sklearn:iris", "sklearn:digits")

    trials = searched(store, job).trials

    assert [trial.share for trial in trials] == [round(1 / 9, 9)] * 9 + [round(1 / 3, 9)] * 3 + [1.0]
    assert len({trial.score for trial in trials if trial.parameters == trials[-1].parameters}) == 3
    best = sorted(trials[:9], key=lambda trial: (trial.score, trial.index))[:3]
    assert [t.parameters for t in trials[9:12]] == [t.parameters for t in sorted(best, key=lambda t: t.index)]


def test_optuna_looks_where_earlier_generations_did_well(store: Store) -> None:
    trials = searched(store, job_of(OPTUNA)).trials

    assert len(trials) == 10
    assert len({trial.parameters["estimator.C"] for trial in trials}) == 10
    assert {type(trial.parameters["estimator.max_iter"]) for trial in trials} == {int}
    assert [load_plan(store, f"{RUN}-search-{number}").count for number in range(2)] == [8, 2]


def test_a_trial_that_fails_says_why_and_loses(store: Store) -> None:
    space = "  strategy: grid\n  folds: 3\n  space: {estimator: [{name: linear}, {name: logistic}]}\n"

    chosen = searched(store, job_of(space))

    failed, won = chosen.trials
    assert failed.failed == "Estimator 'linear' cannot be fitted for the task multiclass."
    assert (failed.score, chosen.winner) == (None, won)
    assert chosen.summary()["failed"] == 1


def test_a_search_of_which_every_trial_fails_is_refused_with_the_first_reason(store: Store) -> None:
    space = "  strategy: grid\n  space: {estimator: [{name: linear}]}\n"

    with pytest.raises(InvalidJob, match="None of the search's 1 trials came to a score; the first one failed: Est"):
        searched(store, job_of(space))


def test_of_equal_trials_the_first_one_wins(store: Store) -> None:
    space = "  strategy: grid\n  folds: 3\n  space: {estimator.max_iter: [2000, 3000, 1500]}\n"

    chosen = searched(store, job_of(space), Backwards())

    assert len({trial.score for trial in chosen.trials}) == 1
    assert chosen.winner == chosen.trials[0]


@pytest.mark.parametrize(("metric", "sign"), [("accuracy", -1), ("log_loss", 1)])
def test_the_metric_decides_and_knows_which_way_is_up(store: Store, metric: str, sign: int) -> None:
    job = job_of(GRID + f"  metric: {metric}\n")

    chosen = searched(store, job)

    scores = sorted(sign * trial.score for trial in chosen.trials if trial.score is not None)
    assert chosen.winner is not None
    assert chosen.winner.score == sign * scores[0]
    assert scores[0] < scores[-1]


def test_a_metric_that_the_task_has_not_is_named_with_those_that_it_has(store: Store) -> None:
    with pytest.raises(InvalidJob, match=r"search\.metric: the task multiclass has no rmse; it has accuracy, "):
        searched(store, job_of(GRID + "  metric: rmse\n"))


def test_time_that_is_over_leaves_the_best_of_what_was_tried(store: Store) -> None:
    class Slow:
        """Has time for one shard."""

        def run(self, store: Store, plan: Plan, watch: Watch = unwatched, stop: Stop = never) -> None:
            run_shard(store, plan, 2)
            while not stop():
                os.sched_yield()

    chosen = searched(store, job_of(GRID + "  timeout: 0.5\n"), Slow())

    assert chosen.winner == chosen.trials[2]
    assert [trial.failed for trial in chosen.trials if trial != chosen.winner] == [
        "It had not ended when the search's time was over."
    ] * 3


def test_a_run_does_not_go_on_with_another_search(store: Store) -> None:
    searched(store, job_of(GRID))

    with pytest.raises(Conflict, match="have the data changed"):
        searched(store, job_of(RANDOM))


def test_data_that_changed_since_are_noticed(store: Store) -> None:
    job = job_of(GRID)
    assert job.search is not None
    table = learning(job)
    other = replace(table, truth=np.where(table.truth == "setosa", "virginica", table.truth), task="binary")

    choose_on(Bench(store, RUN, Inline()), job, job.search, other)
    planned = load_plan(store, f"{RUN}-search-0")
    searched(open_store(f"memory://{uuid.uuid4().hex}"), job)  # this process holds other rows now
    store.delete(f"jobs/{RUN}-search-0/shards/0/0.json")

    with pytest.raises(InvalidJob, match="sklearn:iris is not what it was when this search began"):
        run_shard(store, planned, 0)


def test_a_job_without_a_search_is_answered_as_it_is(store: Store) -> None:
    job = replace(job_of(GRID), search=None)

    chosen = choose(store, RUN, job, lambda: learning(job))

    assert (chosen.job, chosen.trials, chosen.summary()) == (job, (), {})
    assert list(store.scan("jobs/")) == []


def test_a_process_that_reads_the_data_itself_takes_the_learning_rows_alone() -> None:
    job = job_of(GRID)
    table = load(job.data, job.seed)
    learnt, _ = job.split.positions(table, job.seed)
    hold("nothing", table)  # whatever this process held before

    rows = learning_rows(job, table.digest(learnt))

    assert len(rows) == len(learnt) < len(table)
    assert rows.digest() == table.digest(learnt)
