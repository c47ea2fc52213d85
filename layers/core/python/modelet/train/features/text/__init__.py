"""Text as TF-IDF: words or characters, counted, weighed by how rare they are, and scaled to length one."""

from modelet.train.features.text.characters import SPACES, characters, lowered, padded
from modelet.train.features.text.description import Text
from modelet.train.features.text.terms import PARTS, check_learner, vectoriser

__all__ = ["PARTS", "SPACES", "Text", "characters", "check_learner", "lowered", "padded", "vectoriser"]
