"""How a candidate learnt: its loss after every step, where its estimator kept that."""

from collections.abc import Sequence
from typing import Any, NamedTuple


class LearningCurve(NamedTuple):
    """A loss, or a score of which more is better, after every step of learning; and the same on rows that were set
    aside from those to learn from, where there were any.
    """

    what: str
    learnt: tuple[float, ...] = ()
    aside: tuple[float, ...] = ()


def learning_curve(fitted: Any) -> LearningCurve | None:
    """The learning curve of a fitted estimator or pipeline, None where it kept none.

    Read are scikit-learn's `loss_curve_` with `validation_loss_curve_` (ours) or `validation_scores_` beside it, the
    scores of its histogram gradient boosting, and the evaluations of LightGBM and XGBoost.
    """
    estimator = getattr(fitted, "_final_estimator", fitted)
    losses = _numbers(getattr(estimator, "loss_curve_", None))
    if losses:
        return LearningCurve("Loss", losses, _numbers(getattr(estimator, "validation_loss_curve_", None)))
    scores = _numbers(getattr(estimator, "train_score_", None))
    if scores:
        return LearningCurve("Score", scores, _numbers(getattr(estimator, "validation_score_", None)))
    return _evaluations(estimator)


def _evaluations(estimator: Any) -> LearningCurve | None:
    held = getattr(estimator, "evals_result_", None)
    if not isinstance(held, dict) or not held:
        return None
    curves = [next(iter(metrics.items())) for metrics in held.values() if metrics]
    if not curves:
        return None
    name, first = curves[0]
    return LearningCurve(str(name), _numbers(first), _numbers(curves[1][1]) if len(curves) > 1 else ())


def _numbers(values: Sequence[Any] | None) -> tuple[float, ...]:
    return () if values is None else tuple(float(value) for value in values)
