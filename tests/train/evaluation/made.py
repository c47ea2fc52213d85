"""Tables and answers made by hand, whose figures can be worked out."""

from typing import Any

import numpy as np

from modelet.train.answers import Answers
from modelet.train.table import Field, Table
from modelet.train.task import Task

Array = np.ndarray[Any, Any]


def table(truth: Array, width: int = 2, **more: Any) -> Table:
    """Held-out rows of so many fields with this truth; field 0 counts the rows."""
    rows = np.zeros((len(truth), width), np.float32)
    rows[:, 0] = np.arange(len(truth))
    task: Task = "regression" if truth.dtype.kind == "f" else ("binary" if len(np.unique(truth)) == 2 else "multiclass")
    return Table("made", tuple(Field(f"f{place}") for place in range(width)), rows, truth, task, **more)


def sure(truth: Array, classes: Array, share: float = 0.8, wrong: int = 0) -> Answers:
    """Answers that give the right class this share, and the next class instead for the first `wrong` rows."""
    right = np.searchsorted(classes, truth)
    right[:wrong] = (right[:wrong] + 1) % len(classes)
    shares = np.full((len(truth), len(classes)), (1 - share) / (len(classes) - 1), np.float32)
    shares[np.arange(len(truth)), right] = share
    return Answers(classes[right], shares)


def noisy(rows: int, classes: int, seed: int = 0) -> tuple[Table, Answers, Array]:
    """Classes that are mostly right, with shares that repeat, so that there are ties."""
    random = np.random.default_rng(seed)
    labels = np.array([f"c{place}" for place in range(classes)])
    truth = random.integers(0, classes, rows)
    scores = random.normal(size=(rows, classes)) + 1.5 * (truth[:, None] == np.arange(classes))
    shares = np.round(np.exp(scores), 1) + 0.1
    shares /= shares.sum(axis=1, keepdims=True)
    return table(labels[truth]), Answers(labels[shares.argmax(axis=1)], shares), labels
