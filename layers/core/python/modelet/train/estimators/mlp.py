"""A multilayer perceptron, trained epoch by epoch, so that progress can be told and training stops by itself."""

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.schema import Bounds
from modelet.train.task import EVERY_TASK, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Count = Annotated[int, Bounds(at_least=1, at_most=1_000_000)]


@dataclass(frozen=True, slots=True)
class Mlp:
    """Options of sklearn.neural_network.MLPClassifier and MLPRegressor.

    Training ends after `max_iter` epochs, or once the loss has not fallen by `tol` for `n_iter_no_change` of them.
    """

    tasks: ClassVar[frozenset[Task]] = EVERY_TASK
    wants_scaling: ClassVar[bool] = True
    takes_missing: ClassVar[bool] = False

    name: Literal["mlp"] = "mlp"
    hidden_layer_sizes: Annotated[tuple[int, ...], Bounds(at_least=1, at_most=100_000)] = (100,)
    activation: Literal["relu", "tanh", "logistic", "identity"] = "relu"
    alpha: Annotated[float, Bounds(at_least=0)] = 1e-4
    batch_size: Count = 200
    learning_rate_init: Annotated[float, Bounds(above=0)] = 1e-3
    max_iter: Count = 200
    tol: Annotated[float, Bounds(at_least=0)] = 1e-4
    n_iter_no_change: Count = 10

    def __post_init__(self) -> None:
        """Refuse a network without a hidden layer."""
        if not self.hidden_layer_sizes:
            raise ValueError(
                "hidden_layer_sizes must name at least one layer; without any, use estimator logistic or linear"
            )

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class or the number of each."""
        import numpy as np
        from sklearn.neural_network import MLPClassifier, MLPRegressor

        options = {
            "hidden_layer_sizes": self.hidden_layer_sizes,
            "activation": self.activation,
            "alpha": self.alpha,
            "batch_size": min(self.batch_size, rows.shape[0]),
            "learning_rate_init": self.learning_rate_init,
            "random_state": fitting.seed,
        }
        if fitting.task == "regression":
            centre, spread = float(np.mean(truth)), float(np.std(truth)) or 1.0
            regressor = MLPRegressor(**options)
            self._train(regressor, rows, (truth - centre) / spread, fitting)
            return _rescaled(regressor, centre, spread)
        return self._train(MLPClassifier(**options), rows, truth, fitting, classes=np.unique(truth))

    def _train(self, network: Any, rows: "Array", truth: "Array", fitting: Fitting, **classes: "Array") -> Any:
        best, fruitless = math.inf, 0
        for epoch in range(self.max_iter):
            _learn(network, rows, truth, classes)
            fitting.progress((epoch + 1) / self.max_iter)
            fruitless = 0 if network.loss_ < best - self.tol else fruitless + 1
            best = min(best, network.loss_)
            if fruitless >= self.n_iter_no_change:
                return network
        warnings.warn(_unfinished(self.max_iter, network.loss_), stacklevel=3)
        return network


def _rescaled(network: Any, centre: float, spread: float) -> Any:
    # Its last layer is linear, so that numbers of any size can be learnt as small ones.
    network.coefs_[-1] = network.coefs_[-1] * spread
    network.intercepts_[-1] = network.intercepts_[-1] * spread + centre
    return network


def _learn(network: Any, rows: "Array", truth: "Array", classes: "dict[str, Array]") -> None:
    # Scikit-learn turns Ctrl-C into this warning and goes on: https://github.com/scikit-learn/scikit-learn/issues/7596
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Training interrupted by user")
        try:
            network.partial_fit(rows, truth, **classes)
        except UserWarning:
            raise KeyboardInterrupt from None


def _unfinished(epochs: int, loss: float) -> str:
    return f"Training stopped after max_iter = {epochs} epochs, before the loss ({loss:.4g}) had settled."
