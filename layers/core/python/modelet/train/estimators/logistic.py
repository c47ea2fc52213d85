"""Logistic regression: the baseline that a larger model must beat."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.schema import Bounds
from modelet.train.task import CLASSIFICATION, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Logistic:
    """Options of sklearn.linear_model.LogisticRegression; `C` is the inverse of the L2 penalty."""

    tasks: ClassVar[frozenset[Task]] = CLASSIFICATION

    name: Literal["logistic"] = "logistic"
    C: Annotated[float, Bounds(above=0)] = 1.0
    max_iter: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 1000
    tol: Annotated[float, Bounds(above=0)] = 1e-4

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class of each."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=self.C, max_iter=self.max_iter, tol=self.tol, random_state=fitting.seed)
        return model.fit(rows, truth)
