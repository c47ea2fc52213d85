"""What a job says of its features."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from modelet.train.features.encoder.description import Encoder
from modelet.train.features.text.description import Text
from modelet.train.schema import Bounds


@dataclass(frozen=True, slots=True)
class Features:
    """What is done to the rows before the estimator sees them, inside the exported graph.

    By itself, `scaling` is standard for estimators that want numbers of one size, and `missing` is the median where the
    rows to learn from have missing numbers and the estimator takes none. Of a category, `max_categories` values have a
    column each; those that are rarer share one, as do unknown ones. With `target: log`, the logarithm of 1 + the
    target is learnt, and the exported graph answers in the target's own unit. Each column of text becomes the TF-IDF
    that `text` describes, or where there is an `encoder` the vector that this makes of it.
    """

    scaling: Literal["auto", "standard", "minmax", "robust", "none"] = "auto"
    missing: Literal["auto", "median", "mean", "most_frequent", "zero", "keep"] = "auto"
    max_categories: Annotated[int, Bounds(at_least=2, at_most=100_000)] = 100
    target: Literal["none", "log"] = "none"
    text: Text = field(default_factory=Text)
    encoder: Encoder | None = None
