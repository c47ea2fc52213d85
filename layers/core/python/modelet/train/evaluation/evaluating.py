"""The figures of a candidate on held-out rows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelet.train.answers import Answers
from modelet.train.evaluation.classification import classification
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was asked, what was answered, and how good that is: the headline `metrics` by name."""

    held: Table
    classes: "Array | None"
    answers: Answers
    metrics: dict[str, float]


def evaluate(held: Table, answers: Answers, classes: "Array | None" = None) -> Evaluation:
    """Evaluate answers to held-out rows; `classes` are those of the columns of the probabilities."""
    assert classes is not None
    return Evaluation(held, classes, answers, classification(held.truth, answers, classes))
