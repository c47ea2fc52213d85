"""How good a model is on rows that it has never seen."""

from modelet.train.evaluation.evaluating import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
