"""Gradient boosting by LightGBM."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.estimators.extra import require
from modelet.train.estimators.stopping import set_apart
from modelet.train.schema import Bounds
from modelet.train.task import EVERY_TASK, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Share = Annotated[float, Bounds(above=0, at_most=1)]
Penalty = Annotated[float, Bounds(at_least=0)]


@dataclass(frozen=True, slots=True)
class LightGbm:
    """Options of lightgbm.LGBMClassifier and LGBMRegressor.

    With `early_stopping_rounds`, a share of the rows to learn from (`validation_fraction`) tells when to stop.
    """

    tasks: ClassVar[frozenset[Task]] = EVERY_TASK
    wants_scaling: ClassVar[bool] = False
    takes_missing: ClassVar[bool] = True

    name: Literal["lightgbm"] = "lightgbm"
    n_estimators: Annotated[int, Bounds(at_least=1, at_most=100_000)] = 100
    learning_rate: Annotated[float, Bounds(above=0)] = 0.1
    num_leaves: Annotated[int, Bounds(at_least=2, at_most=131_072)] = 31
    max_depth: Annotated[int, Bounds(at_least=-1, at_most=1000)] = -1
    min_child_samples: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 20
    min_split_gain: Penalty = 0.0
    subsample: Share = 1.0
    colsample_bytree: Share = 1.0
    reg_alpha: Penalty = 0.0
    reg_lambda: Penalty = 0.0
    early_stopping_rounds: Annotated[int | None, Bounds(at_least=1, at_most=100_000)] = None
    validation_fraction: Annotated[float, Bounds(above=0, below=1)] = 0.1

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class or the number of each; raises InvalidJob without LightGBM."""
        import numpy as np

        library = require("lightgbm", "boosting")
        options = {
            "n_estimators": self.n_estimators,
            "learning_rate": self.learning_rate,
            "num_leaves": self.num_leaves,
            "max_depth": self.max_depth,
            "min_child_samples": self.min_child_samples,
            "min_split_gain": self.min_split_gain,
            "subsample": self.subsample,
            "subsample_freq": 1 if self.subsample < 1 else 0,  # without, subsample does nothing
            "colsample_bytree": self.colsample_bytree,
            "reg_alpha": self.reg_alpha,
            "reg_lambda": self.reg_lambda,
            "random_state": fitting.seed,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }
        kind = library.LGBMRegressor if fitting.task == "regression" else library.LGBMClassifier
        # It does not know the rows that tell when to stop by classes of text.
        classes, targets = (None, truth) if fitting.task == "regression" else np.unique(truth, return_inverse=True)
        model = self._fitted(library, kind(**options), rows, targets, fitting)
        if classes is None:
            return model
        from modelet.train.estimators.named import Named

        return Named(model, classes)

    def _fitted(self, library: Any, model: Any, rows: "Array", targets: "Array", fitting: Fitting) -> Any:
        callbacks: list[Any] = [lambda now: fitting.progress((now.iteration + 1) / now.end_iteration)]
        if self.early_stopping_rounds is None:
            return model.fit(rows, targets, callbacks=callbacks)
        callbacks.append(library.early_stopping(self.early_stopping_rounds, verbose=False))
        fitted, told = set_apart(targets, self.validation_fraction, fitting)
        seen = {"eval_X": rows[told], "eval_y": targets[told]}
        return model.fit(rows[fitted], targets[fitted], **seen, callbacks=callbacks)
