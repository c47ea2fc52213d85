"""Categories: a column for each value that is frequent enough."""

from typing import Any

from modelet.train.features.description import Features


def one_hot(features: Features, datatype: str) -> Any:
    """The unfitted encoder of columns of numbers or text; a missing value is a value of its own where training saw one,
    and an unknown one has zeros, or the column of the rare ones.
    """
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(
        max_categories=features.max_categories,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
        dtype=datatype,
    )
