"""What a job says of the exported model."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from modelet.train.schema import Bounds, Checked

_TENSOR = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def check_tensor(name: str) -> None:
    """Raise ValueError for a name that would be awkward as a key of a request."""
    if not _TENSOR.fullmatch(name):
        raise ValueError(f"{name!r:.80} is not a tensor name: use letters, digits, '_', '.' and '-'")


Tensor = Annotated[str, Checked(check_tensor)]


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the answers of a quantised model on held-out rows may be from the estimator's own: the share of the rows
    that get another label, and the largest difference of a probability, or of a number in standard deviations.
    """

    label_flips: Annotated[float, Bounds(at_least=0, at_most=1)] = 0.005
    largest_difference: Annotated[float, Bounds(at_least=0)] = 0.1


@dataclass(frozen=True, slots=True)
class Export:
    """The names that requests and answers use, and the form of the model.

    In double precision, inputs are FP64 and so is all that is computed from them. `quantise` says whether weights may
    become INT8: by itself, where that makes the model much smaller, and passes the gate and `drift`.
    """

    input: Tensor = "x"
    label: Tensor = "label"
    probabilities: Tensor = "probabilities"
    prediction: Tensor = "prediction"
    precision: Literal["single", "double"] = "single"
    quantise: Literal["auto", "int8", "none"] = "auto"
    drift: Drift = Drift()

    def __post_init__(self) -> None:
        """Refuse one name for two tensors."""
        if len({self.input, self.label, self.probabilities}) < 3 or self.input == self.prediction:
            raise ValueError("input, label and probabilities must have different names, as must input and prediction")
        if self.quantise == "int8" and self.precision == "double":
            raise ValueError("quantise: int8 needs precision: single")
