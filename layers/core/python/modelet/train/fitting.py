"""Fitting the pipeline of a job: the preprocessing, which becomes part of the exported graph, then the estimator."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from modelet.errors import InvalidJob
from modelet.train.estimators import Fitting
from modelet.train.features import doubled, doubling, learnt_target, on_own_scale, preprocessing, telling
from modelet.train.job import Job
from modelet.train.stages import Progress, ignore
from modelet.train.table import Table


def one_thread() -> AbstractContextManager[Any]:
    """Let BLAS use one thread: with several, results follow their number, and small matrices take far longer wherever
    threads wait for a core. https://scikit-learn.org/stable/computing/parallelism.html
    """
    import sklearn.utils.extmath  # noqa: F401 - only libraries that are loaded already are limited
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[Any] = threadpool_limits(limits=1, user_api="blas")
    return limited


def fit(job: Job, table: Table, progress: Progress = ignore) -> Any:
    """Fit to all rows of a table and answer the fitted scikit-learn pipeline; raises InvalidJob."""
    from sklearn.pipeline import Pipeline

    estimator = job.estimator
    if table.task not in estimator.tasks:
        raise InvalidJob(f"Estimator {estimator.name!r} cannot be fitted for the task {table.task}.")
    steps, table = _before(job, table)
    rows, truth = table.rows, learnt_target(job.features, table.truth)
    try:
        with telling(progress):
            for _, step in steps:
                rows = step.fit_transform(rows, truth)
        fitted = estimator.fit(rows, truth, Fitting(table.task, job.seed, progress))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InvalidJob(f"Estimator {estimator.name!r} cannot be fitted with these options: {reason}") from None
    return Pipeline([*steps, ("estimator", on_own_scale(job.features, fitted))])


def _before(job: Job, table: Table) -> tuple[list[tuple[str, Any]], Table]:
    if job.export.precision == "single":
        return list(preprocessing(job.features, table, job.estimator)), table
    table = replace(table, rows=doubled(table.rows))
    return [("precision", doubling()), *preprocessing(job.features, table, job.estimator)], table
