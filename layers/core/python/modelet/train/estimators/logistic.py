"""Logistic regression: the baseline that a larger model must beat."""

import math
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
    """Options of sklearn.linear_model.LogisticRegression; `C` is the inverse of the penalty, and `l1_ratio` the share
    of L1 in an elastic net.
    """

    tasks: ClassVar[frozenset[Task]] = CLASSIFICATION
    wants_scaling: ClassVar[bool] = True
    takes_missing: ClassVar[bool] = False

    name: Literal["logistic"] = "logistic"
    C: Annotated[float, Bounds(above=0)] = 1.0
    max_iter: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 1000
    tol: Annotated[float, Bounds(above=0)] = 1e-4
    penalty: Literal["l2", "l1", "elasticnet", "none"] = "l2"
    l1_ratio: Annotated[float, Bounds(at_least=0, at_most=1)] = 0.5

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class of each."""
        from sklearn.linear_model import LogisticRegression

        share = {"l2": 0.0, "l1": 1.0, "elasticnet": self.l1_ratio, "none": 0.0}[self.penalty]
        model = LogisticRegression(
            C=math.inf if self.penalty == "none" else self.C,
            l1_ratio=share,
            solver="saga" if share else "lbfgs",  # which knows no L1
            max_iter=self.max_iter,
            tol=self.tol,
            random_state=fitting.seed,
        )
        return model.fit(rows, truth)
