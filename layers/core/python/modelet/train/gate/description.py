"""What a job says of its gate."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from modelet.train.schema import Bounds

Share = Annotated[float, Bounds(at_least=0, at_most=1)]
Higher = Literal["accuracy", "balanced_accuracy", "macro_f1"]
Lower = Literal["log_loss"]


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the ONNX model's answers on held-out rows may be from the estimator's own."""

    label_flips: Annotated[int, Bounds(at_least=0)] = 0
    largest_difference: Annotated[float, Bounds(at_least=0)] = 1e-4


@dataclass(frozen=True, slots=True)
class Gate:
    """What a candidate must reach to be published: metrics on held-out rows, and parity."""

    minimum: dict[Higher, Share] = field(default_factory=dict)
    maximum: dict[Lower, Annotated[float, Bounds(at_least=0)]] = field(default_factory=dict)
    parity: Tolerance = Tolerance()
