"""The unfitted transformer of a column of text."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.features.text.characters import lowered, padded
from modelet.train.features.text.description import Text

if TYPE_CHECKING:
    from modelet.train.estimators import Estimator

PARTS = r"\w\w+"
"""What is a word, to scikit-learn."""

LEARNERS = ("logistic", "linear", "mlp", "forest")
"""The estimators that learn from many columns of which nearly all values are zero."""


def check_learner(estimator: "Estimator", column: str) -> None:
    """Raise InvalidJob for an estimator that cannot learn from the terms of a text."""
    if estimator.name not in LEARNERS:
        raise InvalidJob(
            f"Estimator {estimator.name!r} cannot learn from the many terms of column {column!r}, which is text: use "
            f"one of {', '.join(LEARNERS)}, set features.encoder, or name it a category in data.types."
        )


def vectoriser(text: Text, datatype: str) -> Any:
    """scikit-learn's TfidfVectorizer as the job describes it; of texts of shape [n], it makes a sparse matrix."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer=text.analyzer,
        token_pattern=PARTS if text.analyzer == "word" else None,
        ngram_range=text.ngrams,
        max_features=text.max_features,
        min_df=text.min_df,
        max_df=text.max_df,
        lowercase=text.lowercase,
        preprocessor=_seen(text),
        sublinear_tf=text.sublinear_tf,
        dtype=np.dtype(datatype).type,
    )


def _seen(text: Text) -> Callable[[str], str]:
    case: Callable[[str], str] = lowered if text.lowercase else str
    return (lambda given: padded(case(given))) if text.analyzer == "char" else case
