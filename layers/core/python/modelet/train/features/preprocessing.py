"""The scikit-learn transformer that makes an estimator's input of a table's rows."""

from collections.abc import Sequence
from typing import Any

from modelet.train.features.description import Features
from modelet.train.table import Table


def preprocessing(features: Features, table: Table) -> Sequence[tuple[str, Any]]:  # noqa: ARG001
    """The unfitted steps of a pipeline, by name, that stand before the estimator; none where rows go in as they are."""
    from sklearn.preprocessing import StandardScaler

    return [("scaling", StandardScaler())] if features.scaling == "standard" else []
