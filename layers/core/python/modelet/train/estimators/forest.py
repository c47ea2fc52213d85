"""A random forest, grown some trees at a time, so that progress can be told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.schema import Bounds
from modelet.train.task import EVERY_TASK, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

STEPS = 10
"""How often progress is told."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Options of sklearn.ensemble.RandomForestClassifier and …Regressor; `max_features` is a share of the columns, and
    by default all of them for numbers and the square root of their number for classes.
    """

    tasks: ClassVar[frozenset[Task]] = EVERY_TASK
    wants_scaling: ClassVar[bool] = False
    takes_missing: ClassVar[bool] = True

    name: Literal["forest"] = "forest"
    n_estimators: Annotated[int, Bounds(at_least=1, at_most=10_000)] = 100
    max_depth: Annotated[int | None, Bounds(at_least=1, at_most=1000)] = None
    max_leaf_nodes: Annotated[int | None, Bounds(at_least=2, at_most=10_000_000)] = None
    min_samples_leaf: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 1
    max_features: Annotated[float | None, Bounds(above=0, at_most=1)] = None
    bootstrap: bool = True

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class or the number of each."""
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        regression = fitting.task == "regression"
        forest = (RandomForestRegressor if regression else RandomForestClassifier)(
            max_depth=self.max_depth,
            max_leaf_nodes=self.max_leaf_nodes,
            min_samples_leaf=self.min_samples_leaf,
            max_features=self.max_features or (1.0 if regression else "sqrt"),
            bootstrap=self.bootstrap,
            random_state=fitting.seed,
            n_jobs=-1,
            warm_start=True,  # the same trees as those of one call
        )
        step = -(-self.n_estimators // STEPS)
        for grown in range(step, self.n_estimators + step, step):
            forest.n_estimators = min(grown, self.n_estimators)
            forest.fit(rows, truth)
            fitting.progress(forest.n_estimators / self.n_estimators)
        return forest
