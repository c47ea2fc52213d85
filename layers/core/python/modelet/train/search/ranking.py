"""The order of trials: what was tried on more rows comes first, then what is better, and of equals the earlier. It does
not matter which ended first.
"""

from collections.abc import Sequence

from modelet.train.evaluation import Metric
from modelet.train.search.trial import Trial


def ranked(trials: Sequence[Trial], metric: Metric) -> list[Trial]:
    """The trials that have a score, best first."""

    def place(trial: Trial) -> tuple[float, float, int]:
        assert trial.score is not None
        return -trial.share, -metric.gain(trial.score, 0.0), trial.index

    return sorted((trial for trial in trials if trial.score is not None), key=place)
