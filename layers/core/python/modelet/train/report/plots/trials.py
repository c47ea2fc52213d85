"""How good the trials of a search were."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from modelet.train.report.drawing import Paint, colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def trials(found: Sequence[Mapping[str, Any]], higher_is_better: bool) -> Paint | None:
    """The score of every trial that has one, and the best so far."""
    scores = [(place, float(trial["score"])) for place, trial in enumerate(found) if _has_score(trial)]
    if len(scores) < 2:
        return None

    def paint(axes: "Axes") -> None:
        places, values = [place for place, _ in scores], [score for _, score in scores]
        best = list(accumulate(values, max if higher_is_better else min))
        axes.step(places, best, where="post", color=colour(1), label="best so far")
        axes.scatter(places, values, s=14, color=colour(0), label="trial", linewidths=0)
        axes.set(xlabel="trial", ylabel="score")
        axes.legend(loc="best")

    return paint


def _has_score(trial: Mapping[str, Any]) -> bool:
    return isinstance(trial.get("score"), (int, float))
