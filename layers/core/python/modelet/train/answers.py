"""What a model answers to rows, whoever asks it: an estimator itself, its ONNX form, or the version that is live."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelet.train.task import Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to n rows: `predicted` of shape [n], classes or numbers, and for classes `probabilities` of shape
    [n, classes].
    """

    predicted: "Array"
    probabilities: "Array | None" = None


def answers_of(pipeline: Any, rows: Any, task: Task) -> Answers:
    """What a fitted pipeline itself answers."""
    if task == "regression":
        return Answers(pipeline.predict(rows).reshape(-1))
    return Answers(pipeline.predict(rows), pipeline.predict_proba(rows))
