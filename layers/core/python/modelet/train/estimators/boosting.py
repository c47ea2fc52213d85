"""Gradient boosting by scikit-learn: the strong default for tables."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.schema import Bounds
from modelet.train.task import EVERY_TASK, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Share = Annotated[float, Bounds(above=0, at_most=1)]


@dataclass(frozen=True, slots=True)
class Boosting:
    """Options of sklearn.ensemble.HistGradientBoostingClassifier and …Regressor.

    With `early_stopping`, a share of the rows to learn from tells when `n_iter_no_change` trees brought nothing.
    """

    tasks: ClassVar[frozenset[Task]] = EVERY_TASK
    wants_scaling: ClassVar[bool] = False
    takes_missing: ClassVar[bool] = True

    name: Literal["boosting"] = "boosting"
    learning_rate: Annotated[float, Bounds(above=0)] = 0.1
    max_iter: Annotated[int, Bounds(at_least=1, at_most=100_000)] = 100
    max_leaf_nodes: Annotated[int | None, Bounds(at_least=2, at_most=100_000)] = 31
    max_depth: Annotated[int | None, Bounds(at_least=1, at_most=1000)] = None
    min_samples_leaf: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 20
    l2_regularization: Annotated[float, Bounds(at_least=0)] = 0.0
    max_features: Share = 1.0
    max_bins: Annotated[int, Bounds(at_least=2, at_most=255)] = 255
    early_stopping: bool = False
    validation_fraction: Annotated[float, Bounds(above=0, below=1)] = 0.1
    n_iter_no_change: Annotated[int, Bounds(at_least=1, at_most=100_000)] = 10
    loss: Literal["squared_error", "absolute_error", "poisson", "gamma"] = "squared_error"

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class or the number of each; `loss` is for numbers only."""
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        options = {
            "learning_rate": self.learning_rate,
            "max_iter": self.max_iter,
            "max_leaf_nodes": self.max_leaf_nodes,
            "max_depth": self.max_depth,
            "min_samples_leaf": self.min_samples_leaf,
            "l2_regularization": self.l2_regularization,
            "max_features": self.max_features,
            "max_bins": self.max_bins,
            "early_stopping": self.early_stopping,
            "validation_fraction": self.validation_fraction,
            "n_iter_no_change": self.n_iter_no_change,
            "random_state": fitting.seed,
        }
        if fitting.task == "regression":
            return HistGradientBoostingRegressor(loss=self.loss, **options).fit(rows, truth)
        return HistGradientBoostingClassifier(**options).fit(rows, truth)
