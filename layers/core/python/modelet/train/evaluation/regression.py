"""The metrics of numbers, for many weightings of the same rows at once.

Definitions: https://scikit-learn.org/stable/modules/model_evaluation.html#regression-metrics
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class NumberScorer:
    """FP64 answers to n rows, and what they should have been."""

    truth: "Array"
    predicted: "Array"

    def scores(self, weights: "Array") -> "dict[str, Array]":
        """Each metric for weightings of shape [b, n], of shape [b]; R² is NaN where the truth does not vary."""
        import numpy as np

        total, off = weights.sum(axis=1), self.predicted - self.truth
        squares = weights @ off**2
        centred = self.truth - self.truth.mean()  # or the difference of two large numbers would be all that is left
        spread = weights @ centred**2 - (weights @ centred) ** 2 / total
        varies = spread > np.finfo(np.float64).eps * np.maximum(1.0, weights @ self.truth**2)
        unexplained = np.divide(squares, spread, out=np.full(len(weights), np.nan), where=varies)
        return {
            "r2": 1.0 - unexplained,
            "rmse": np.sqrt(squares / total),
            "mse": squares / total,
            "mae": weights @ np.abs(off) / total,
        }
