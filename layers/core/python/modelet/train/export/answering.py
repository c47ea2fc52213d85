"""What a fitted estimator does, as nodes: rows in, scores out."""

from collections.abc import Callable
from typing import Any

from modelet.errors import InvalidJob
from modelet.train.export.graph import Graph
from modelet.train.export.layers import linear, network
from modelet.train.export.scores import Scores
from modelet.train.export.torch import torch_network
from modelet.train.export.trees import Ensemble, add_ensemble, boosted, forest, lightgbm_trees, xgboost_trees


def scores(graph: Graph, estimator: Any, rows: str) -> Scores:
    """The scores of rows of shape [n, columns]; raises InvalidJob for an estimator that has no nodes."""
    kind = type(estimator).__name__
    if kind not in ESTIMATORS:
        raise InvalidJob(f"An estimator of kind {kind} cannot be exported: use one of those that a job can name.")
    return ESTIMATORS[kind](graph, estimator, rows)


def _logarithmic(graph: Graph, estimator: Any, rows: str) -> Scores:
    import numpy as np

    learnt = scores(graph, estimator.model, rows)
    powers = graph.add("Exp", [learnt.tensor])
    return Scores(graph.add("Sub", [powers, graph.constant(np.ones(1), "one")]), "number")


def _named(graph: Graph, estimator: Any, rows: str) -> Scores:
    return scores(graph, estimator.model, rows)


def _boosting(graph: Graph, estimator: Any, rows: str) -> Scores:
    found = _summed(graph, boosted(estimator), rows, _is_classifier(estimator))
    if getattr(estimator, "loss", "") in ("poisson", "gamma"):  # which learn logarithms
        return Scores(graph.add("Exp", [found.tensor]), "number")
    return found


def _forest(graph: Graph, estimator: Any, rows: str) -> Scores:
    sums = add_ensemble(graph, forest(estimator), rows)
    return Scores(sums, "shares" if _is_classifier(estimator) else "number")


def _lightgbm(graph: Graph, estimator: Any, rows: str) -> Scores:
    return _summed(graph, lightgbm_trees(estimator), rows, _is_classifier(estimator))


def _xgboost(graph: Graph, estimator: Any, rows: str) -> Scores:
    return _summed(graph, xgboost_trees(estimator), rows, _is_classifier(estimator))


def _summed(graph: Graph, ensemble: Ensemble, rows: str, classifier: bool) -> Scores:
    sums = add_ensemble(graph, ensemble, rows)
    if not classifier:
        return Scores(sums, "number")
    return Scores(sums, "logits" if len(ensemble.base) > 1 else "log_odds")


def _is_classifier(estimator: Any) -> bool:
    return hasattr(estimator, "predict_proba")


ESTIMATORS: dict[str, Callable[[Graph, Any, str], Scores]] = {
    "ElasticNet": linear,
    "HistGradientBoostingClassifier": _boosting,
    "HistGradientBoostingRegressor": _boosting,
    "LGBMClassifier": _lightgbm,
    "LGBMRegressor": _lightgbm,
    "Lasso": linear,
    "LinearRegression": linear,
    "Logarithmic": _logarithmic,
    "LogisticRegression": linear,
    "MLPClassifier": network,
    "MLPRegressor": network,
    "Named": _named,
    "RandomForestClassifier": _forest,
    "RandomForestRegressor": _forest,
    "Ridge": linear,
    "TorchClassifier": torch_network,
    "TorchRegressor": torch_network,
    "XGBClassifier": _xgboost,
    "XGBRegressor": _xgboost,
}
"""By the class of the estimator."""
