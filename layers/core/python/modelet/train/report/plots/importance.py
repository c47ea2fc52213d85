"""Which fields the answers lean on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelet.train.evaluation.importance import Importance
from modelet.train.report.drawing import Paint, colour, label
from modelet.train.report.style import FAINT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 15


def importance(found: Sequence[Importance], metric: str) -> Paint | None:
    """The most important fields, the first at the top."""
    if not found:
        return None

    def paint(axes: "Axes") -> None:
        shown = found[:SHOWN]
        axes.barh(range(len(shown)), [each.cost for each in shown], height=0.65, color=colour(0))
        for place, each in enumerate(shown):
            axes.plot([each.cost - each.spread, each.cost + each.spread], [place, place], color=FAINT, linewidth=1.2)
        axes.set_yticks(range(len(shown)), [label(each.field) for each in shown])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set(xlabel=f"{metric}, more when shuffled")

    return paint
