"""Combinations drawn at random: where few options matter, better than a grid of the same size.

https://www.jmlr.org/papers/v13/bergstra12a.html
"""

from collections.abc import Sequence

from modelet.train.search.description import Search
from modelet.train.search.strategies.drawing import draw
from modelet.train.search.strategies.strategy import Proposal
from modelet.train.search.trial import Trial


class Random:
    """One round with as many different combinations as there are to be trials."""

    def __init__(self, search: Search, seed: int) -> None:
        self._proposals = [Proposal(parameters) for parameters in draw(search, seed)]
        self.expected = len(self._proposals)

    def next(self, trials: Sequence[Trial]) -> Sequence[Proposal]:
        return [] if trials else self._proposals
