"""Every combination of the values there are."""

import itertools
from collections.abc import Sequence

from modelet.train.search.description import Search
from modelet.train.search.strategies.strategy import Proposal
from modelet.train.search.trial import Trial
from modelet.train.search.values import Range


class Grid:
    """One round with all combinations, the values of the last key changing first."""

    def __init__(self, search: Search) -> None:
        lists = [() if isinstance(values, Range) else values for values in search.space.values()]
        self._proposals = [
            Proposal(dict(zip(search.space, chosen, strict=True))) for chosen in itertools.product(*lists)
        ]
        self.expected = len(self._proposals)

    def next(self, trials: Sequence[Trial]) -> Sequence[Proposal]:
        return [] if trials else self._proposals
