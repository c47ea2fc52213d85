"""How far numbers are from the truth."""

from typing import TYPE_CHECKING, Any

from modelet.train.report.drawing import Paint, colour
from modelet.train.report.style import FAINT

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    Array = np.ndarray[Any, Any]

MOST_DOTS = 600
BINS = 40


def beside_truth(truth: "Array", predicted: "Array") -> Paint:
    """Answers by truth, of many rows those at even distances in the order of truth."""

    def paint(axes: "Axes") -> None:
        at = _spread(truth)
        ends = [float(truth.min()), float(truth.max())]
        axes.plot(ends, ends, color=FAINT, linewidth=0.8, linestyle="--")
        axes.scatter(truth[at], predicted[at], s=9, color=colour(0), alpha=0.5, linewidths=0)
        axes.set(xlabel="truth", ylabel="answered")

    return paint


def by_answer(truth: "Array", predicted: "Array") -> Paint:
    """Residuals by what was answered: a pattern is something that the model has not learnt."""

    def paint(axes: "Axes") -> None:
        at = _spread(predicted)
        axes.axhline(0, color=FAINT, linewidth=0.8, linestyle="--")
        axes.scatter(predicted[at], (predicted - truth)[at], s=9, color=colour(0), alpha=0.5, linewidths=0)
        axes.set(xlabel="answered", ylabel="answered - truth")

    return paint


def histogram(truth: "Array", predicted: "Array") -> Paint:
    """How often which residual occurs; the outermost hundredths stand at the edges."""

    def paint(axes: "Axes") -> None:
        import numpy as np

        off = predicted - truth
        low, high = np.quantile(off, [0.01, 0.99])
        axes.hist(np.clip(off, low, high), bins=BINS, color=colour(0), alpha=0.75)
        axes.axvline(0, color=FAINT, linewidth=0.8, linestyle="--")
        axes.set(xlabel="answered - truth", ylabel="rows")

    return paint


def _spread(values: "Array") -> "Array":
    import numpy as np

    order = np.argsort(values, kind="stable")
    at: Array = order[np.unique(np.linspace(0, len(order) - 1, MOST_DOTS).astype(np.int64))]
    return at
