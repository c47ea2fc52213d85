"""The figures of a candidate on held-out rows, each with what it might have been on others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from modelet.train.answers import Answers
from modelet.train.evaluation.bootstrap import Draws, Interval, Scorer, draws_from, interval, resampled
from modelet.train.evaluation.catalogue import ROWS
from modelet.train.evaluation.classification import ClassScorer, class_scorer
from modelet.train.evaluation.importance import Importance
from modelet.train.evaluation.regression import NumberScorer
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MOST_RANKED = 300_000_000
"""Beyond so many rows ranked for all classes and resamples, the areas under curves have no interval."""


CLASS_SCORES = ("precision", "recall", "f1")


class ClassFigures(NamedTuple):
    """How good the answers are for one class of `support` rows: precision, recall and F1, and their intervals."""

    label: Any
    support: int
    scores: tuple[float, ...]
    intervals: tuple[Interval | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was asked, what was answered, and how good that is: the headline `metrics` by name, and intervals of 95 %
    for them. `unanswered` rows were answered with what is no finite number; then there are no metrics.
    """

    held: Table
    classes: "Array | None"
    answers: Answers
    metrics: dict[str, float]
    intervals: "dict[str, Interval]"
    by_class: tuple[ClassFigures, ...] = ()
    importance: tuple[Importance, ...] = ()
    unanswered: int = 0

    @property
    def full(self) -> dict[str, Any]:
        """All figures, as JSON: what is too large for a manifest."""
        from modelet.train.evaluation.figures import figures

        return figures(self)


def evaluate(held: Table, answers: Answers, classes: "Array | None" = None, *, seed: int = 0) -> Evaluation:
    """Evaluate answers to held-out rows; `classes` are those of the columns of the probabilities."""
    unanswered = unanswered_rows(answers)
    if unanswered:
        return Evaluation(held, classes, answers, {ROWS: float(len(held))}, {}, unanswered=unanswered)
    scorer, draws = scorer_of(held, answers, classes), draws_from(held, seed)
    quick = _without_slow(scorer, draws)
    spread = resampled(quick, draws)
    found = ((name, interval(values)) for name, values in spread.items())
    intervals = {name: between for name, between in found if between is not None}
    by_class = _by_class(scorer, draws, held, answers, classes) if isinstance(scorer, ClassScorer) else ()
    return Evaluation(held, classes, answers, _headline(scorer, len(held)), intervals, by_class)


def measure(held: Table, answers: Answers, classes: "Array | None" = None) -> dict[str, float]:
    """The headline metrics alone, without intervals: what a search asks of every trial. Empty but for the rows where
    an answer is no finite number.
    """
    if unanswered_rows(answers):
        return {ROWS: float(len(held))}
    return _headline(scorer_of(held, answers, classes), len(held))


def scorer_of(
    held: Table, answers: Answers, classes: "Array | None" = None, ranked: bool = True
) -> "ClassScorer | NumberScorer":
    """What knows how good answers to these rows are, for any weighting of the rows; areas under curves are `ranked`."""
    import numpy as np

    if held.task == "regression":
        return NumberScorer(held.truth.astype(np.float64), answers.predicted.astype(np.float64).reshape(-1))
    return class_scorer(held.truth, answers, (held.classes if classes is None else classes).tolist(), ranked)


def unanswered_rows(answers: Answers) -> int:
    """How many rows were answered with a number that is not finite."""
    import numpy as np

    numbers = answers.predicted if answers.probabilities is None else answers.probabilities
    if numbers.dtype.kind != "f":
        return 0
    finite = np.isfinite(numbers)
    return int(np.count_nonzero(~(finite if finite.ndim == 1 else finite.all(axis=1))))


def _headline(scorer: Scorer, rows: int) -> dict[str, float]:
    import numpy as np

    scores = scorer.scores(np.ones((1, rows)))
    found = {name: round(float(value[0]), 6) for name, value in scores.items() if np.isfinite(value[0])}
    return {**found, ROWS: float(rows)}


def _without_slow(scorer: "ClassScorer | NumberScorer", draws: Draws) -> "ClassScorer | NumberScorer":
    if isinstance(scorer, NumberScorer) or len(scorer.ranked) * draws.rows * draws.resamples <= MOST_RANKED:
        return scorer
    return ClassScorer(scorer.truth, scorer.predicted, scorer.shares, scorer.count)


def _by_class(
    scorer: ClassScorer, draws: Draws, held: Table, answers: Answers, classes: "Array | None"
) -> tuple[ClassFigures, ...]:
    import numpy as np

    exact = scorer.by_class(np.ones((1, draws.rows)))
    blocks = [scorer.by_class(weights) for weights in draws.weights()]
    spread = {name: np.concatenate([block[name] for block in blocks]) for name in CLASS_SCORES}
    labels = _labels(held, answers, classes)
    return tuple(
        ClassFigures(
            labels[place],
            int(exact["support"][0, place]),
            tuple(round(float(exact[name][0, place]), 6) for name in CLASS_SCORES),
            tuple(interval(spread[name][:, place]) for name in CLASS_SCORES),
        )
        for place in range(scorer.count)
    )


def _labels(held: Table, answers: Answers, classes: "Array | None") -> list[Any]:
    known = (held.classes if classes is None else classes).tolist()
    return list(dict.fromkeys((*known, *held.truth.tolist(), *answers.predicted.tolist())))
