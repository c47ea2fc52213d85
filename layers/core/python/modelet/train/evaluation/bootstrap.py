"""How much a metric would have been another on other held-out rows: rows are drawn again, with replacement.

Percentile intervals: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. Two models that
are given the same draws are compared pairwise: P. Koehn, Statistical Significance Tests for Machine Translation
Evaluation (2004), https://aclanthology.org/W04-3250/. Rows of one group are drawn together, for they say the same
thing more than once: A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application (1997), section 3.8.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

RESAMPLES, FEWEST = 1000, 200
MOST_DRAWS = 200_000_000
"""Beyond so many rows drawn, there are fewer resamples: a few seconds of one core."""
AT_ONCE = 4_000_000
CONFIDENCE = 0.95


class Scorer(Protocol):
    """What knows the answers to n rows, and how good they are."""

    def scores(self, weights: "Array") -> "dict[str, Array]":
        """Each metric, of shape [b], for weightings of the rows of shape [b, n]."""


class Interval(NamedTuple):
    """Between these two lies what a metric would mostly have been."""

    low: float
    high: float


class Draws(NamedTuple):
    """How to draw: from so many rows, or from the group that each belongs to, as places."""

    rows: int
    seed: int
    groups: "Array | None" = None

    @property
    def resamples(self) -> int:
        """How often all rows are drawn."""
        return max(FEWEST, min(RESAMPLES, MOST_DRAWS // max(1, self.rows)))

    def weights(self) -> "Iterator[Array]":
        """How often each row was drawn, in blocks of shape [b, rows]; the same for the same seed."""
        import numpy as np

        random = np.random.default_rng(self.seed)
        units = self.rows if self.groups is None else int(self.groups.max()) + 1
        block = max(1, AT_ONCE // max(units, self.rows))
        for start in range(0, self.resamples, block):
            count = min(block, self.resamples - start)
            drawn = random.integers(0, units, (count, units)) + units * np.arange(count)[:, None]
            times = np.bincount(drawn.ravel(), minlength=count * units).reshape(count, units)
            yield (times if self.groups is None else times[:, self.groups]).astype(np.float64)


def draws_from(held: Table, seed: int) -> Draws:
    """How to draw from held-out rows."""
    import numpy as np

    groups = None if held.groups is None else np.unique(held.groups, return_inverse=True)[1].reshape(-1)
    return Draws(len(held), seed, groups)


def resampled(scorer: Scorer, draws: Draws) -> "dict[str, Array]":
    """Each metric of every resample, of shape [resamples]."""
    import numpy as np

    blocks = [scorer.scores(weights) for weights in draws.weights()]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def interval(values: "Array", confidence: float = CONFIDENCE) -> Interval | None:
    """The middle of what the resamples gave along the first axis; None where most of them gave nothing."""
    import numpy as np

    values = values[np.isfinite(values)]
    if len(values) < FEWEST // 2:
        return None
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(round(float(low), 6), round(float(high), 6))
