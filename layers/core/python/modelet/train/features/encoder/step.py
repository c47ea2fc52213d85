"""The step itself, as scikit-learn wants its steps; imported where there is one."""

from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator, TransformerMixin

from modelet.train.features.encoder.embedding import vectors_of

if TYPE_CHECKING:
    import numpy as np

    from modelet.train.features.encoder.files import Pretrained

    Array = np.ndarray[Any, Any]


class Embedding(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Texts to vectors, by an encoder that learns nothing more."""

    def __init__(self, pretrained: "Pretrained", datatype: str) -> None:
        """`datatype` is that of the vectors that it makes."""
        self.pretrained, self.datatype = pretrained, datatype

    def fit(self, texts: Any, truth: Any = None) -> "Embedding":  # noqa: ARG002 - what a pipeline wants of a step
        """Do nothing: it was fitted by whoever made the encoder."""
        return self

    def transform(self, texts: Any) -> "Array":
        """Vectors of shape [n, width] for a column of n texts."""
        vectors: Array = vectors_of(self.pretrained, list(texts)).astype(self.datatype, copy=False)
        return vectors

    def __sklearn_is_fitted__(self) -> bool:
        return True
