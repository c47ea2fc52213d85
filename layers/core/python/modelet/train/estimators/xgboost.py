"""Gradient boosting by XGBoost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.estimators.extra import require
from modelet.train.estimators.stopping import set_apart
from modelet.train.schema import Bounds
from modelet.train.stages import Progress
from modelet.train.task import EVERY_TASK, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Share = Annotated[float, Bounds(above=0, at_most=1)]
Penalty = Annotated[float, Bounds(at_least=0)]


@dataclass(frozen=True, slots=True)
class XgBoost:
    """Options of xgboost.XGBClassifier and XGBRegressor.

    With `early_stopping_rounds`, a share of the rows to learn from (`validation_fraction`) tells when to stop.
    """

    tasks: ClassVar[frozenset[Task]] = EVERY_TASK
    wants_scaling: ClassVar[bool] = False
    takes_missing: ClassVar[bool] = True

    name: Literal["xgboost"] = "xgboost"
    n_estimators: Annotated[int, Bounds(at_least=1, at_most=100_000)] = 100
    learning_rate: Annotated[float, Bounds(above=0)] = 0.3
    max_depth: Annotated[int, Bounds(at_least=0, at_most=1000)] = 6
    max_leaves: Annotated[int, Bounds(at_least=0, at_most=1_000_000)] = 0
    grow_policy: Literal["depthwise", "lossguide"] = "depthwise"
    min_child_weight: Penalty = 1.0
    gamma: Penalty = 0.0
    subsample: Share = 1.0
    colsample_bytree: Share = 1.0
    reg_alpha: Penalty = 0.0
    reg_lambda: Penalty = 1.0
    early_stopping_rounds: Annotated[int | None, Bounds(at_least=1, at_most=100_000)] = None
    validation_fraction: Annotated[float, Bounds(above=0, below=1)] = 0.1

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class or the number of each; raises InvalidJob without XGBoost."""
        import numpy as np

        library = require("xgboost", "boosting")
        model = self._model(library, fitting)
        regression = fitting.task == "regression"
        classes, targets = (None, truth) if regression else np.unique(truth, return_inverse=True)
        if self.early_stopping_rounds is None:
            model.fit(rows, targets)
        else:
            fitted, told = set_apart(targets, self.validation_fraction, fitting)
            seen = [(rows[told], targets[told])]
            model.fit(rows[fitted], targets[fitted], eval_set=seen, verbose=False)
        model.set_params(callbacks=None)
        if classes is None:
            return model
        from modelet.train.estimators.named import Named

        return Named(model, classes)

    def _model(self, library: Any, fitting: Fitting) -> Any:
        kind = library.XGBRegressor if fitting.task == "regression" else library.XGBClassifier
        return kind(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            max_depth=self.max_depth,
            max_leaves=self.max_leaves,
            grow_policy=self.grow_policy,
            min_child_weight=self.min_child_weight,
            gamma=self.gamma,
            subsample=self.subsample,
            colsample_bytree=self.colsample_bytree,
            reg_alpha=self.reg_alpha,
            reg_lambda=self.reg_lambda,
            random_state=fitting.seed,
            early_stopping_rounds=self.early_stopping_rounds,
            callbacks=[_telling(library, fitting.progress, self.n_estimators)],
            tree_method="hist",
            verbosity=0,
        )


def _telling(library: Any, progress: Progress, rounds: int) -> Any:
    class Telling(library.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ARG002
            progress((epoch + 1) / rounds)
            return False

    return Telling()
