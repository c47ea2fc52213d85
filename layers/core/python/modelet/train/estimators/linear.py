"""Linear regression: the baseline that a larger model must beat."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.schema import Bounds
from modelet.train.task import Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Linear:
    """Options of scikit-learn's Ridge (`penalty` l2), Lasso (l1), ElasticNet and LinearRegression (none)."""

    tasks: ClassVar[frozenset[Task]] = frozenset({"regression"})
    wants_scaling: ClassVar[bool] = True
    takes_missing: ClassVar[bool] = False

    name: Literal["linear"] = "linear"
    penalty: Literal["l2", "l1", "elasticnet", "none"] = "l2"
    alpha: Annotated[float, Bounds(above=0)] = 1.0
    l1_ratio: Annotated[float, Bounds(at_least=0, at_most=1)] = 0.5
    max_iter: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 1000
    tol: Annotated[float, Bounds(above=0)] = 1e-4

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the number of each."""
        from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge

        options = {"alpha": self.alpha, "max_iter": self.max_iter, "tol": self.tol, "random_state": fitting.seed}
        model = {
            "l2": lambda: Ridge(**options),
            "l1": lambda: Lasso(**options),
            "elasticnet": lambda: ElasticNet(l1_ratio=self.l1_ratio, **options),
            "none": LinearRegression,
        }[self.penalty]()
        return model.fit(rows, truth)
