"""How the loss fell."""

from typing import TYPE_CHECKING

from modelet.train.evaluation.learning import LearningCurve
from modelet.train.report.drawing import Paint, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def learning(curve: LearningCurve | None) -> Paint | None:
    """The loss or score after every step; None where nobody kept it."""
    if curve is None or len(curve.learnt) < 2:
        return None

    def paint(axes: "Axes") -> None:
        for place, (name, values) in enumerate((("rows learnt from", curve.learnt), ("rows set aside", curve.aside))):
            if values:
                axes.plot(range(1, len(values) + 1), values, color=colour(place), label=name)
        axes.set(xlabel="step", ylabel=curve.what)
        axes.legend(loc="best")

    return paint
