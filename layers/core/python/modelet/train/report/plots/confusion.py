"""Which class was taken for which."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from modelet.train.report.drawing import Paint, colour, label
from modelet.train.report.style import INK

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    Array = np.ndarray[Any, Any]

MOST_CLASSES = 20
MOST_WITH_COUNTS = 12
DARKEST = 0.75
"""The counts are written over it."""


def confusion(matrix: "Array", labels: Sequence[Any]) -> Paint | None:
    """A matrix of shape [classes, classes], each row shaded by the share of its class; None for many classes."""
    if len(labels) > MOST_CLASSES:
        return None

    def paint(axes: "Axes") -> None:
        from matplotlib.patches import Rectangle

        names, count = [label(each) for each in labels], len(labels)
        for true in range(count):
            total = max(1, int(matrix[true].sum()))
            for answered in range(count):
                rows = int(matrix[true, answered])
                if rows:
                    shade = DARKEST * (0.12 + 0.88 * rows / total)
                    axes.add_patch(Rectangle((answered - 0.5, true - 0.5), 1, 1, color=colour(0), alpha=shade, lw=0))
                if rows and count <= MOST_WITH_COUNTS:
                    axes.text(answered, true, str(rows), ha="center", va="center", color=INK, fontsize=8)
        axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), xlabel="answered", ylabel="truth")
        slanted = max(map(len, names)) * count > 40
        axes.set_xticks(range(count), names, rotation=45 if slanted else 0, ha="right" if slanted else "center")
        axes.set_yticks(range(count), names)
        axes.grid(visible=False)

    return paint
