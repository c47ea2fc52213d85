"""Successive halving: many combinations on few rows, the best of them on more, and so on to all rows.

https://proceedings.mlr.press/v51/jamieson16.html
"""

from collections.abc import Sequence

from modelet.train.evaluation import Metric
from modelet.train.search.description import Search
from modelet.train.search.ranking import ranked
from modelet.train.search.strategies.drawing import draw
from modelet.train.search.strategies.strategy import Proposal
from modelet.train.search.trial import Trial

FACTOR = 3
"""One of so many goes on to the next rung, with so many times the rows."""

FEWEST_ROWS = 50
"""Rows per fold that the lowest rung has at least, where there are as many."""


class Halving:
    """A round per rung, the last of them with all rows."""

    def __init__(self, search: Search, seed: int, rows: int, metric: Metric) -> None:
        self._first = draw(search, seed)
        self._metric = metric
        least = min(1.0, FEWEST_ROWS * search.folds / max(rows, 1))
        self._rungs = _rungs(len(self._first), least)
        self.expected = sum(count for count, _ in self._rungs)

    def next(self, trials: Sequence[Trial]) -> Sequence[Proposal]:
        if not trials:
            count, share = self._rungs[0]
            return [Proposal(parameters, share) for parameters in self._first]
        rung = sum(1 for _, share in self._rungs if share <= trials[-1].share)
        if rung == len(self._rungs):
            return []
        count, share = self._rungs[rung]
        before = [trial for trial in trials if trial.share == trials[-1].share and trial.failed is None]
        kept = sorted(ranked(before, self._metric)[:count], key=lambda trial: trial.index)
        return [Proposal(trial.parameters, share) for trial in kept]


def _rungs(trials: int, least: float) -> list[tuple[int, float]]:
    # How many trials each rung has, and which share of the rows: from the last one back.
    share, above = 1.0, 0
    while FACTOR ** (above + 1) <= trials and share / FACTOR >= least:
        share /= FACTOR
        above += 1
    return [(max(1, trials // FACTOR**rung), round(share * FACTOR**rung, 9)) for rung in range(above + 1)]
