"""Rows that tell when to stop: taken from those to learn from, never from the held-out ones."""

from typing import TYPE_CHECKING, Any

from modelet.train.estimators.estimator import Fitting

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def set_apart(truth: "Array", share: float, fitting: Fitting) -> "tuple[Array, Array]":
    """The positions of the rows to fit to and of those that tell when to stop; raises ValueError for too few rows."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    classes = None if fitting.task == "regression" else truth
    fitted, told = train_test_split(np.arange(len(truth)), test_size=share, random_state=fitting.seed, stratify=classes)
    return np.sort(fitted), np.sort(told)
