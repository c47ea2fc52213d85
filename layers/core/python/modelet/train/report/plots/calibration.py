"""What was claimed, and what came true."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelet.train.evaluation.calibration import Bin
from modelet.train.report.drawing import Paint, colour
from modelet.train.report.style import FAINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def calibration(bins: Sequence[Bin]) -> Paint | None:
    """The bins as dots, whose area is that of their rows, beside the line of those that claim what comes true."""
    if not bins:
        return None

    def paint(axes: "Axes") -> None:
        most = max(each.rows for each in bins)
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle="--")
        claimed, came_true = [each.claimed for each in bins], [each.came_true for each in bins]
        axes.plot(claimed, came_true, color=colour(0))
        sizes = [8 + 110 * each.rows / most for each in bins]
        axes.scatter(claimed, came_true, s=sizes, color=colour(0), alpha=0.7, linewidths=0)
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.05), xlabel="claimed", ylabel="came true")

    return paint
