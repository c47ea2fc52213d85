"""Fitting the pipeline of a job: the preprocessing, which becomes part of the exported graph, then the estimator."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.job import Job
from modelet.train.stages import Progress

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def one_thread() -> AbstractContextManager[Any]:
    """Let BLAS use one thread: with several, results follow their number, and small matrices take far longer wherever
    threads wait for a core. https://scikit-learn.org/stable/computing/parallelism.html
    """
    import sklearn.utils.extmath  # noqa: F401 - only libraries that are loaded already are limited
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[Any] = threadpool_limits(limits=1, user_api="blas")
    return limited


def fit(job: Job, rows: "Array", truth: "Array", progress: Progress) -> Any:
    """Fit to FP32 rows of shape [n, columns] and answer the fitted scikit-learn pipeline; raises InvalidJob."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps: list[tuple[str, Any]] = []
    if job.features.scaling == "standard":
        steps.append(("scaling", StandardScaler().fit(rows)))
        rows = steps[0][1].transform(rows)
    try:
        steps.append(("estimator", job.estimator.fit(rows, truth, job.seed, progress)))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InvalidJob(f"Estimator {job.estimator.name!r} cannot be fitted with these options: {reason}") from None
    return Pipeline(steps)
