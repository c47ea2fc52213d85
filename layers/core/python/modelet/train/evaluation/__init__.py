"""How good a model is on rows that it has never seen, and how sure that is."""

from modelet.train.evaluation.catalogue import METRICS, Metric, leading_metric, metrics_of
from modelet.train.evaluation.evaluating import Evaluation, evaluate, measure
from modelet.train.evaluation.importance import explained
from modelet.train.evaluation.learning import LearningCurve, learning_curve

__all__ = [
    "METRICS",
    "Evaluation",
    "LearningCurve",
    "Metric",
    "evaluate",
    "explained",
    "leading_metric",
    "learning_curve",
    "measure",
    "metrics_of",
]
