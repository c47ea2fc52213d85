"""Names for the classes of a library that knows them by number only; imported where such a library is."""

from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator, ClassifierMixin

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class Named(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A fitted classifier of classes 0, 1, 2 …, with their names in that order."""

    def __init__(self, model: Any, classes: "Array") -> None:
        """`classes` in the order of the numbers."""
        self.model, self.classes_ = model, classes

    def fit(self, rows: "Array", truth: "Array") -> Any:  # noqa: ARG002 - what a pipeline wants of its last step
        """Do nothing: it is fitted already."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, rows: "Array") -> "Array":
        """The class of each row."""
        named: Array = self.classes_[self.model.predict_proba(rows).argmax(axis=1)]
        return named

    def predict_proba(self, rows: "Array") -> "Array":
        """The probability of each class, of shape [n, classes]."""
        shares: Array = self.model.predict_proba(rows)
        return shares
