"""Numbers: what is put where one is missing, and on which scale the estimator sees them."""

from typing import TYPE_CHECKING, Any

from modelet.train.features.description import Features

if TYPE_CHECKING:
    import numpy as np

    from modelet.train.estimators import Estimator

    Array = np.ndarray[Any, Any]


def number_steps(features: Features, numbers: "Array", estimator: "Estimator") -> list[tuple[str, Any]]:
    """The unfitted steps for numbers of shape [n, columns], by name; none where they go in as they are."""
    from sklearn.impute import SimpleImputer

    steps: list[tuple[str, Any]] = []
    strategy = _imputing(features, numbers, estimator)
    if strategy == "zero":
        steps.append(("missing", SimpleImputer(strategy="constant", fill_value=0)))
    elif strategy != "keep":
        steps.append(("missing", SimpleImputer(strategy=strategy, keep_empty_features=True)))
    scaler = _scaler(features, estimator)
    return steps if scaler is None else [*steps, ("scaling", scaler)]


def _imputing(features: Features, numbers: "Array", estimator: "Estimator") -> str:
    import numpy as np

    if features.missing != "auto":
        return features.missing
    return "keep" if estimator.takes_missing or not np.isnan(numbers).any() else "median"


def _scaler(features: Features, estimator: "Estimator") -> Any:
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    by_itself = "standard" if estimator.wants_scaling else "none"
    scaling = by_itself if features.scaling == "auto" else features.scaling
    kinds = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}
    return kinds[scaling]() if scaling in kinds else None
