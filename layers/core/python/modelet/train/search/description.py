"""What a job says of its search."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from modelet.train.evaluation.catalogue import METRICS
from modelet.train.schema import Bounds, Checked, ReadBy
from modelet.train.search.values import Range, Values, read_values

SEARCHED = ("estimator", "features")
"""The sections that a search may change: another split, other data or another gate would not be comparable."""

MOST_TRIALS = 10_000


def check_space(space: dict[str, Any]) -> None:
    """Raise ValueError for a space in which there is nothing to look for, or that a search must not change."""
    if not space:
        raise ValueError("it is empty: name what to try, such as estimator.C: [0.1, 1, 10]")
    for path in space:
        if path.partition(".")[0] not in SEARCHED or not all(path.split(".")):
            raise ValueError(f"{path!r:.80} cannot be searched: only keys of {' and '.join(SEARCHED)} can")
        for other in space:
            if other.startswith(f"{path}."):
                raise ValueError(f"{path!r:.80} and {other!r:.80} set the same key")


def check_metric(metric: str) -> None:
    """Raise ValueError for a metric that there is not."""
    if metric not in METRICS:
        raise ValueError(f"{metric!r:.80} is no metric: use one of {', '.join(METRICS)}")


@dataclass(frozen=True, slots=True)
class Search:
    """How to look for the best options. `space` has the values to try, by their places in the job.

    `folds` of the learning rows are for validation in turn, and `metric` (that of the task where it is not given)
    decides. `trials` are tried, but for a grid, which tries all. `processes` run beside each other (as many as the
    machine has cores), and after `timeout` seconds the best of what was tried then wins.
    """

    space: Annotated[dict[str, Annotated[Values, ReadBy(read_values)]], Checked(check_space)]
    strategy: Literal["grid", "random", "halving", "optuna"] = "random"
    trials: Annotated[int, Bounds(at_least=1, at_most=MOST_TRIALS)] = 20
    folds: Annotated[int, Bounds(at_least=2, at_most=100)] = 5
    metric: Annotated[str | None, Checked(check_metric)] = None
    seed: Annotated[int | None, Bounds(at_least=0, below=2**32)] = None
    processes: Annotated[int | None, Bounds(at_least=1, at_most=256)] = None
    timeout: Annotated[float | None, Bounds(above=0)] = None

    def __post_init__(self) -> None:
        """Refuse a grid that has no end."""
        if self.strategy != "grid":
            return
        ranges = [path for path, values in self.space.items() if isinstance(values, Range)]
        if ranges:
            raise ValueError(f"a grid needs lists of values, but {ranges[0]!r} is a range: use another strategy")
        size = math.prod(len(values) for values in self.space.values() if not isinstance(values, Range))
        if size > MOST_TRIALS:
            raise ValueError(f"a grid of {size} trials is over {MOST_TRIALS}: use another strategy")
