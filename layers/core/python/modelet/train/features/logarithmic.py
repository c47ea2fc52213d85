"""A regressor of logarithms that answers numbers; imported where there is one."""

from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator, RegressorMixin

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class Logarithmic(RegressorMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A fitted regressor that learnt log(1 + target), and answers the target."""

    def __init__(self, model: Any) -> None:
        """`model` answers logarithms."""
        self.model = model

    def fit(self, rows: "Array", truth: "Array") -> Any:  # noqa: ARG002 - what a pipeline wants of its last step
        """Do nothing: it is fitted already."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def predict(self, rows: "Array") -> "Array":
        """The number of each row."""
        import numpy as np

        numbers: Array = np.expm1(self.model.predict(rows).reshape(-1))
        return numbers
