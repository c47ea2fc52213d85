"""What every network says of its training, and the choice of rows and targets before it begins."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, Literal

from modelet.errors import InvalidJob
from modelet.train.estimators.estimator import Fitting
from modelet.train.estimators.stopping import set_apart
from modelet.train.schema import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Array = np.ndarray[Any, Any]

Count = Annotated[int, Bounds(at_least=1, at_most=1_000_000)]
Amount = Annotated[float, Bounds(at_least=0)]


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained, with PyTorch's own names.

    `schedule` is that of the learning rate: cosine falls to nothing at the last epoch, step multiplies by `gamma` every
    `step_size` epochs. With `early_stopping_rounds`, a share of the rows to learn from (`validation_fraction`) tells
    after each epoch; training ends after so many without a lower loss, and the weights of the best one stay. Results
    follow the number of `threads`.
    """

    epochs: Count = 20
    batch_size: Count = 128
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    lr: Annotated[float, Bounds(above=0)] = 1e-3
    momentum: Annotated[float, Bounds(at_least=0, below=1)] = 0.9
    weight_decay: Amount = 0.0
    dropout: Annotated[float, Bounds(at_least=0, below=1)] = 0.0
    schedule: Literal["constant", "cosine", "step"] = "constant"
    step_size: Count = 10
    gamma: Annotated[float, Bounds(above=0, at_most=1)] = 0.1
    early_stopping_rounds: Annotated[int | None, Bounds(at_least=1, at_most=100_000)] = None
    validation_fraction: Annotated[float, Bounds(above=0, below=1)] = 0.1
    threads: Annotated[int, Bounds(at_least=1, at_most=256)] = 1


def check_installed(name: str) -> None:
    """Raise InvalidJob, saying what to install, where there is no PyTorch."""
    if find_spec("torch") is None:
        raise InvalidJob(
            f"Estimator {name!r} needs PyTorch, which is not installed: pip install torch (in a clone: "
            "pip install -r requirements/torch.txt), or build the training image with TORCH=1."
        )


def train(training: Training, build: "Callable[[int], Any]", rows: Any, truth: "Array", fitting: Fitting) -> Any:
    """A trained network as scikit-learn's estimators are; `build` makes the module for a number of outputs."""
    import numpy as np

    from modelet.train.estimators.torch.fitted import TorchClassifier, TorchRegressor
    from modelet.train.estimators.torch.learning import Examples, learn, seeded

    positions = np.arange(len(truth))
    learnt, told = (
        set_apart(truth, training.validation_fraction, fitting) if training.early_stopping_rounds else (positions, None)
    )
    with seeded(fitting.seed, training.threads):
        if fitting.task == "regression":
            centre, spread = float(np.mean(truth[learnt])), float(np.std(truth[learnt])) or 1.0
            examples = Examples(rows, ((truth - centre) / spread).astype(rows.dtype).reshape(-1, 1), learnt, told)
            module, curves = learn(training, build(1), examples, fitting)
            return TorchRegressor(module, curves, centre, spread)
        classes, targets = np.unique(truth, return_inverse=True)
        module, curves = learn(training, build(len(classes)), Examples(rows, targets, learnt, told), fitting)
        return TorchClassifier(module, curves, classes)
