"""Cross-validation of a job on learning rows: as the whole run would fit it, with one thread, so that scores are the
same on every machine and beside any number of other trials.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.answers import answers_of
from modelet.train.evaluation import measure
from modelet.train.evaluation.catalogue import ROWS
from modelet.train.fitting import fit
from modelet.train.job import Job
from modelet.train.search.shares import some_rows
from modelet.train.splitting import folds
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Validation:
    """How trials are compared: by which metric, on how many folds, by which seed."""

    metric: str
    folds: int
    seed: int


def validate(job: Job, table: Table, how: Validation, share: float = 1.0) -> Json:
    """The scores of a job on a share of the learning rows: `score` is the mean of the folds' `scores`. Raises what
    fitting raises, and InvalidJob where the rows make no folds or an answer is no number.
    """
    from threadpoolctl import threadpool_limits

    table = some_rows(table, share, job.split.method, how.seed)
    found: list[dict[str, float]] = []
    with threadpool_limits(limits=1):
        for learnt, held in folds(table, job.split.method, how.folds, how.seed):
            found.append(_measured(job, table.take(learnt), table.take(held)))
    scores = [_finite(metrics, how.metric) for metrics in found]
    names = set.intersection(*(set(metrics) for metrics in found)) - {ROWS}
    means = {name: _mean([metrics[name] for metrics in found]) for name in sorted(names)}
    return {"score": _mean(scores), "scores": scores, "metrics": means}


def _measured(job: Job, learning: Table, holding: Table) -> dict[str, float]:
    pipeline = fit(job, learning)
    answers = answers_of(pipeline, holding.rows, holding.task)
    return measure(holding, answers, getattr(pipeline, "classes_", None))


def _finite(metrics: dict[str, float], name: str) -> float:
    score = metrics.get(name, math.nan)
    if not math.isfinite(score):
        raise InvalidJob(f"A fold has no {name}: the answers to it are not finite, or its rows do not tell.")
    return score


def _mean(numbers: list[float]) -> float:
    # To nine digits: the order of additions decides nothing.
    return float(f"{math.fsum(numbers) / len(numbers):.9g}")
