"""All figures of an evaluation as one JSON document, which is stored beside the version."""

from typing import TYPE_CHECKING, Any

from modelet.train.evaluation.bootstrap import CONFIDENCE, draws_from
from modelet.train.evaluation.calibration import calibration
from modelet.train.evaluation.classification import ClassScorer
from modelet.train.evaluation.errors import worst
from modelet.train.evaluation.evaluating import CLASS_SCORES, ClassFigures, scorer_of

if TYPE_CHECKING:
    import numpy as np

    from modelet.train.evaluation.evaluating import Evaluation

    Array = np.ndarray[Any, Any]

MOST_CELLS = 10_000
"""Of a confusion matrix: one of more than a hundred classes is given as its largest errors."""
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)


def figures(evaluation: "Evaluation") -> dict[str, Any]:
    """The figures of an evaluation; see docs/training.md."""
    held = evaluation.held
    found: dict[str, Any] = {
        "task": held.task,
        "metrics": evaluation.metrics,
        "intervals": {name: list(between) for name, between in evaluation.intervals.items()},
        "confidence": CONFIDENCE,
        "resamples": draws_from(held, 0).resamples,
        "unanswered": evaluation.unanswered,
        "importance": [each._asdict() for each in evaluation.importance],
        "worst": [each._asdict() for each in worst(evaluation)],
    }
    if evaluation.unanswered:
        return found
    scorer = scorer_of(held, evaluation.answers, evaluation.classes)
    return {**found, **(_of_classes(evaluation, scorer) if isinstance(scorer, ClassScorer) else _residuals(scorer))}


def confused(matrix: "Array", labels: list[Any], most: int) -> list[dict[str, Any]]:
    """The pairs of classes that were most often confused, most often first."""
    import numpy as np

    errors = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-errors, axis=None, kind="stable")[:most]
    pairs = zip(*np.unravel_index(order, errors.shape), strict=True)
    return [
        {"truth": labels[true], "predicted": labels[answered], "rows": int(errors[true, answered])}
        for true, answered in pairs
        if errors[true, answered]
    ]


def _of_classes(evaluation: "Evaluation", scorer: ClassScorer) -> dict[str, Any]:
    labels, matrix = [figures.label for figures in evaluation.by_class], scorer.confusion()
    found: dict[str, Any] = {
        "classes": labels,
        "by_class": [_row(each) for each in evaluation.by_class],
        "confused": confused(matrix, labels, 50),
    }
    if matrix.size <= MOST_CELLS:
        found["confusion"] = matrix.tolist()
    if scorer.shares is not None:
        found["calibration"] = [each._asdict() for each in calibration(scorer.shares, scorer.truth)]
    return found


def _row(figures: ClassFigures) -> dict[str, Any]:
    between = (None if each is None else list(each) for each in figures.intervals)
    return {
        "label": figures.label,
        "support": figures.support,
        **dict(zip(CLASS_SCORES, figures.scores, strict=True)),
        "intervals": dict(zip(CLASS_SCORES, between, strict=True)),
    }


def _residuals(scorer: Any) -> dict[str, Any]:
    import numpy as np

    off = scorer.predicted - scorer.truth
    quantiles = np.quantile(off, QUANTILES)
    return {
        "residuals": {
            "mean": float(off.mean()),
            "deviation": float(off.std()),
            "quantiles": {f"{share:g}": float(value) for share, value in zip(QUANTILES, quantiles, strict=True)},
        }
    }
