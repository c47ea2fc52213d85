"""A network of dense layers by PyTorch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from modelet.train.estimators.estimator import Fitting
from modelet.train.estimators.torch.training import Training, check_installed, train
from modelet.train.schema import Bounds
from modelet.train.task import EVERY_TASK, Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Dense(Training):
    """Dense layers of some sizes, each followed by the activation and by dropout."""

    tasks: ClassVar[frozenset[Task]] = EVERY_TASK
    wants_scaling: ClassVar[bool] = True
    takes_missing: ClassVar[bool] = False

    name: Literal["dense"] = "dense"
    hidden_layer_sizes: Annotated[tuple[int, ...], Bounds(at_least=1, at_most=100_000)] = (256, 128)
    activation: Literal["relu", "tanh", "logistic"] = "relu"

    def fit(self, rows: "Array", truth: "Array", fitting: Fitting) -> Any:
        """Fit to rows of shape [n, columns] and the class or the number of each; raises InvalidJob without PyTorch."""
        check_installed(self.name)
        from modelet.train.estimators.torch.building import activation, stack

        def build(outputs: int) -> Any:
            sizes = (rows.shape[1], *self.hidden_layer_sizes)
            return stack(sizes, outputs, activation(self.activation), self.dropout)

        return train(self, build, rows, truth, fitting)
