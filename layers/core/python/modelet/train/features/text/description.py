"""What a job says of its text."""

from dataclasses import dataclass
from typing import Annotated, Literal

from modelet.train.schema import Bounds


@dataclass(frozen=True, slots=True)
class Text:
    """Which terms of a text are counted, by scikit-learn's names: n-grams of words (of at least two letters), of
    characters, or of characters within words (`char_wb`).

    At most `max_features` terms count, the most frequent ones of those that at least `min_df` texts have, and at most
    the share `max_df` of them. With `sublinear_tf`, a term that is there n times counts 1 + log(n).
    """

    analyzer: Literal["word", "char", "char_wb"] = "word"
    ngrams: Annotated[tuple[int, ...], Bounds(at_least=1, at_most=10)] = (1, 1)
    max_features: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 50_000
    min_df: Annotated[int, Bounds(at_least=1, at_most=1_000_000)] = 1
    max_df: Annotated[float, Bounds(above=0, at_most=1)] = 1.0
    lowercase: bool = True
    sublinear_tf: bool = False

    def __post_init__(self) -> None:
        """Refuse n-grams that have no two ends, or that count differently from one library to another."""
        if len(self.ngrams) != 2 or self.ngrams[0] > self.ngrams[1]:
            raise ValueError("ngrams must be the shortest and the longest, such as [1, 2]")
        if self.analyzer == "char_wb" and self.ngrams[0] > 3:
            raise ValueError("ngrams of analyzer char_wb must begin at 3 or less, for a word may have one letter")
