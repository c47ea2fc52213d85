"""Learning a target on another scale than its own."""

from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.features.description import Features

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def learnt_target(features: Features, truth: "Array") -> "Array":
    """What is to be learnt of numbers of shape [n]; raises InvalidJob for those without a logarithm."""
    import numpy as np

    if features.target == "none":
        return truth
    if truth.dtype.kind != "f":
        raise InvalidJob("features.target: log is for numbers, and the target is a class: leave the key out.")
    if truth.min() < 0:
        raise InvalidJob(
            f"features.target: log cannot be taken of the target {truth.min():g}: it must be at least 0 in all rows."
        )
    logarithms: Array = np.log1p(truth)
    return logarithms


def on_own_scale(features: Features, model: Any) -> Any:
    """A fitted model that answers on the target's own scale."""
    if features.target == "none":
        return model
    from modelet.train.features.logarithmic import Logarithmic

    return Logarithmic(model)
