"""The ROC and the precision-recall curve of each class."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from modelet.train.evaluation.ranking import Ranking
from modelet.train.report.drawing import Paint, colour, label
from modelet.train.report.style import FAINT

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    Array = np.ndarray[Any, Any]

MOST_CURVES = 8
MOST_POINTS = 200


def hardest(rankings: Sequence[Ranking], rows: int) -> list[tuple[Ranking, float, float]]:
    """Of many classes, those with the smallest area, in their order; each with its area and average precision."""
    import numpy as np

    areas = [ranking.areas(np.ones((1, rows))) for ranking in rankings]
    found = [
        (ranking, float(area[0]), float(precision[0]))
        for ranking, (area, precision) in zip(rankings, areas, strict=True)
    ]
    kept = sorted(found, key=lambda each: each[1])[:MOST_CURVES]
    return sorted(kept, key=lambda each: each[0].label)


def roc(curves: Sequence[tuple[Ranking, float, float]], rows: int, labels: Sequence[Any]) -> Paint | None:
    """The share of a class that is found, by the share of all others that is taken for it."""
    if not curves:
        return None

    def paint(axes: "Axes") -> None:
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle="--")
        for place, (ranking, area, _) in enumerate(curves):
            hits, misses = _counts(ranking, rows)
            name = f"{label(labels[ranking.label])}  {area:.3f}"
            axes.plot(_thin(misses / misses[-1]), _thin(hits / hits[-1]), color=colour(place), label=name)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel="others taken for it", ylabel="found")
        axes.legend(loc="lower right")

    return paint


def precision_recall(curves: Sequence[tuple[Ranking, float, float]], rows: int, labels: Sequence[Any]) -> Paint | None:
    """How much of what is taken for a class belongs to it, by the share of the class that is found."""
    if not curves:
        return None

    def paint(axes: "Axes") -> None:
        for place, (ranking, _, average) in enumerate(curves):
            hits, misses = _counts(ranking, rows)
            there = (hits + misses) > 0
            precision, recall = hits[there] / (hits + misses)[there], hits[there] / hits[-1]
            name = f"{label(labels[ranking.label])}  {average:.3f}"
            axes.step(_thin(recall), _thin(precision), where="post", color=colour(place), label=name)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02), xlabel="found", ylabel="right")
        axes.legend(loc="lower left")

    return paint


def _counts(ranking: Ranking, rows: int) -> "tuple[Array, Array]":
    import numpy as np

    hits, misses = ranking.counts(np.ones((1, rows)))
    return np.concatenate([[0.0], hits[0]]), np.concatenate([[0.0], misses[0]])


def _thin(values: "Array") -> "Array":
    import numpy as np

    kept: Array = values[np.unique(np.linspace(0, len(values) - 1, MOST_POINTS).astype(np.int64))]
    return kept
