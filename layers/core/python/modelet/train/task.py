"""What kind of question a model answers: a number, one of two classes, or one of several."""

from typing import TYPE_CHECKING, Any, Literal

from modelet.errors import InvalidJob

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Task = Literal["regression", "binary", "multiclass"]
CLASSIFICATION: frozenset[Task] = frozenset({"binary", "multiclass"})
EVERY_TASK: frozenset[Task] = frozenset({"regression", "binary", "multiclass"})

MOST_CLASSES = 1000
"""More distinct whole numbers than this are taken for amounts, unless the job says what they are."""


def infer_task(truth: "Array") -> Task:
    """The task that a target of shape [n] suggests; raises InvalidJob where it has fewer than two values."""
    import numpy as np

    distinct = np.unique(truth)
    if len(distinct) < 2:
        found = f"only {distinct[0].item()!r}" if len(distinct) else "no value"
        raise InvalidJob(f"The target has {found} in all rows: there is nothing to tell apart.")
    if truth.dtype.kind == "f" or (truth.dtype.kind in "iu" and len(distinct) > MOST_CLASSES):
        return "regression"
    return "binary" if len(distinct) == 2 else "multiclass"
