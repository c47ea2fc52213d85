"""How well the share of one class puts its rows before all others: the areas under the ROC and the precision-recall
curve, and the curves themselves.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The rows by falling share of the class at place `label`: their `order`, whether each `belongs` to the class, and
    the last of every run of equal shares.
    """

    label: int
    order: "Array"
    belongs: "Array"
    ends: "Array"

    def areas(self, weights: "Array") -> "tuple[Array, Array]":
        """For weightings of shape [b, n], the area under the ROC curve and the average precision, both of shape [b];
        NaN where the class is empty, and the area also where there is nothing else.
        """
        import numpy as np

        hits, misses = self.counts(weights)
        before = np.pad(hits, ((0, 0), (1, 0)))[:, :-1]
        steps = np.diff(misses, prepend=0.0)
        inside, outside = hits[:, -1], misses[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            area = (steps * (hits + before)).sum(axis=1) / (2 * inside * outside)
            precision = np.nan_to_num(hits / (hits + misses))
            average_precision = ((hits - before) * precision).sum(axis=1) / inside
        return area, average_precision

    def counts(self, weights: "Array") -> "tuple[Array, Array]":
        """How much of the class, and of everything else, has at least each of the shares that there are, from the
        largest on; of shape [b, shares].
        """
        import numpy as np

        ordered = weights[:, self.order]
        hits = np.cumsum(np.where(self.belongs, ordered, 0.0), axis=1)[:, self.ends]
        return hits, np.cumsum(ordered, axis=1)[:, self.ends] - hits


def rankings(shares: "Array", truth: "Array") -> tuple[Ranking, ...]:
    """A ranking for every class that some rows belong to and some do not; of two classes, for the second alone."""
    labels = [1] if shares.shape[1] == 2 else range(shares.shape[1])
    found = (_ranking(shares[:, label], truth == label, label) for label in labels)
    return tuple(ranking for ranking in found if 0 < ranking.belongs.sum() < len(truth))


def average(values: "Array", where: "Array") -> "Array":
    """The mean over the columns of [b, columns] that count in each row; NaN where none does."""
    import numpy as np

    counted = where.sum(axis=1)
    summed = np.where(where, values, 0.0).sum(axis=1)
    means: Array = np.divide(summed, counted, out=np.full(len(values), np.nan), where=counted > 0)
    return means


def _ranking(shares: "Array", belongs: "Array", label: int) -> Ranking:
    import numpy as np

    order = np.argsort(-shares, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(shares[order])), len(order) - 1)
    return Ranking(label, order, belongs[order], ends)
