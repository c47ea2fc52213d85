"""The search itself: round after round of trials until the strategy has no more, and then the best of them.

Every round is a sharded job with an id of its own below the run's. A search that was killed asks its strategy again,
finds the trials that have ended in the store, and so comes to the same winner.
"""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from modelet.errors import Conflict, InvalidJob
from modelet.shards import Plan, make_plan, missing, results
from modelet.shards.engines import Engine, engine_for
from modelet.shards.outputs import failures
from modelet.store.base import Store
from modelet.train.evaluation import Metric, leading_metric, metrics_of
from modelet.train.job import Job
from modelet.train.search.applying import applied
from modelet.train.search.description import Search
from modelet.train.search.learning import hold
from modelet.train.search.ranking import ranked
from modelet.train.search.strategies import Strategy, strategy_of
from modelet.train.search.trial import Trial, run_trial, trial_of
from modelet.train.stages import Progress, Report, silent, stage
from modelet.train.table import Table
from modelet.train.task import Task

Json = dict[str, Any]
NAME = "search"
"""The stage of a run that it is."""

LATE = "It had not ended when the search's time was over."


@dataclass(frozen=True, slots=True)
class Chosen:
    """The job with the options that did best, and all trials in their order, for the record and the report."""

    job: Job
    trials: tuple[Trial, ...] = ()
    metric: str = ""
    winner: Trial | None = None

    def summary(self) -> Json:
        """What the lineage of a version says of the search; the same for the same job, however long it took."""
        if self.winner is None or self.job.search is None:
            return {}
        return {
            "strategy": self.job.search.strategy,
            "metric": self.metric,
            "folds": self.job.search.folds,
            "trials": len(self.trials),
            "failed": sum(trial.failed is not None for trial in self.trials),
            "winner": self.winner.index,
            "score": self.winner.score,
            "parameters": self.winner.parameters,
        }


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the trials of a run are kept, and what runs them."""

    store: Store
    run_id: str
    engine: Engine


def choose(store: Store, run_id: str, job: Job, learning: Callable[[], Table], report: Report = silent) -> Chosen:
    """Find the options that do best on the learning rows; a job without a search is answered as it is.

    Raises InvalidJob where no trial came to a score, Conflict where the run searched otherwise before, and
    StoreUnavailable.
    """
    if job.search is None:
        return Chosen(job)
    # As many threads as processes: more of them wait for each other where every core is taken.
    engine = engine_for(store, job.search.processes or _cores(), {**os.environ, "OMP_NUM_THREADS": "1"})
    return choose_on(Bench(store, run_id, engine), job, job.search, learning(), report)


def choose_on(bench: Bench, job: Job, search: Search, table: Table, report: Report = silent) -> Chosen:
    """As `choose`, with an engine of the caller's."""
    metric = _metric(search, table.task)
    seed = job.seed if search.seed is None else search.seed
    request = _request(job, search, table, metric, seed)
    hold(request["learning"], table)
    strategy = strategy_of(search, seed, len(table), metric)
    with stage(report, NAME) as tell:
        trials = _tried(bench, request, strategy, tell, _Clock(search.timeout))
    best = ranked(trials, metric)
    if not best:
        raise InvalidJob(_vain(trials))
    return Chosen(_settled(job, best[0]), tuple(trials), metric.name, best[0])


class _Clock:
    def __init__(self, seconds: float | None) -> None:
        self._end = math.inf if seconds is None else time.monotonic() + seconds

    def is_over(self) -> bool:
        return time.monotonic() > self._end


def _tried(bench: Bench, request: Json, strategy: Strategy, tell: Progress, clock: _Clock) -> list[Trial]:
    trials: list[Trial] = []
    number = 0
    while not clock.is_over() and (proposals := strategy.next(trials)):
        before = len(trials)
        owned = [proposal.to_json() for proposal in proposals]
        plan = _planned(bench, number, request, owned)
        watch = partial(_watch, tell, before, strategy.expected)
        bench.engine.run(bench.store, plan, watch, clock.is_over)
        trials += _ended(bench.store, plan, owned, before)
        number += 1
    return trials


def _planned(bench: Bench, number: int, request: Json, owned: list[Json]) -> Plan:
    try:
        return make_plan(bench.store, f"{bench.run_id}-{NAME}-{number}", run_trial, request, owned)
    except Conflict:
        raise Conflict(
            f"Run {bench.run_id} began its search with other rows or options than there are now: have the data "
            "changed? Start another run."
        ) from None


def _watch(tell: Progress, before: int, expected: int, done: int, _: int) -> None:
    tell(min(1.0, (before + done) / expected))


def _ended(store: Store, plan: Plan, owned: list[Json], before: int) -> list[Trial]:
    found, reasons = results(store, plan), _reasons(store, plan)
    return [
        trial_of(before + index, own, found[index])
        if index in found
        else Trial(before + index, own["parameters"], own["share"], failed=reasons.get(index, LATE))
        for index, own in enumerate(owned)
    ]


def _reasons(store: Store, plan: Plan) -> dict[int, str]:
    return failures(store, plan, missing(store, plan))


def _request(job: Job, search: Search, table: Table, metric: Metric, seed: int) -> Json:
    described = {**job.to_json(), "search": None}
    return {
        "job": described,
        "learning": table.digest(),
        "metric": metric.name,
        "folds": search.folds,
        "seed": seed,
    }


def _metric(search: Search, task: Task) -> Metric:
    there = metrics_of(task)
    if search.metric is None:
        return leading_metric(task)
    if search.metric not in there:
        raise InvalidJob(f"search.metric: the task {task} has no {search.metric}; it has {', '.join(there)}.")
    return there[search.metric]


def _settled(job: Job, winner: Trial) -> Job:
    return replace(applied(job.to_json(), winner.parameters), search=job.search)


def _vain(trials: list[Trial]) -> str:
    first = next((trial.failed for trial in trials if trial.failed), LATE)
    return f"None of the search's {len(trials)} trials came to a score; the first one failed: {first}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
