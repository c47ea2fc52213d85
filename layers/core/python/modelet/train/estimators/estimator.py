"""What every estimator of a job can do."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from modelet.train.stages import Progress, ignore
from modelet.train.task import Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Fitting:
    """What an estimator is fitted for: its task, the seed of whatever is random, and who is told of its progress."""

    task: Task
    seed: int = 0
    progress: Progress = ignore


class Estimator(Protocol):
    """An estimator's name and its options, which have the names that its library gives them."""

    @property
    def name(self) -> str:
        """The name by which a job chooses it."""

    @property
    def tasks(self) -> frozenset[Task]:
        """The tasks that it can be fitted for."""

    @property
    def wants_scaling(self) -> bool:
        """Whether it learns better from numbers of one size; trees do not care."""

    @property
    def takes_missing(self) -> bool:
        """Whether it learns from rows with missing numbers (NaN) as they are."""

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to FP32 rows of shape [n, columns], dense or sparse (FP64 where the job exports in double precision), and
        answer the fitted estimator as scikit-learn's are: `predict`, and for classes `predict_proba` and `classes_`.
        """
