"""What every estimator of a job can do."""

from typing import TYPE_CHECKING, Any, Protocol

from modelet.train.stages import Progress

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class Estimator(Protocol):
    """An estimator's name and its options, which have the names that its library gives them."""

    @property
    def name(self) -> str:
        """The name by which a job chooses it."""

    def fit(self, rows: "Array", truth: "Array", seed: int, progress: Progress) -> Any:
        """Fit to FP32 rows of shape [n, columns] and answer the fitted scikit-learn classifier."""
