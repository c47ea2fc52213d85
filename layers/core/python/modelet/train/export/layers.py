"""Models of weights: linear ones, and networks of dense layers."""

from typing import TYPE_CHECKING, Any

from modelet.train.export.graph import Graph
from modelet.train.export.scores import Scores

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid"}


def dense(graph: Graph, rows: str, weights: "Array", bias: "Array") -> str:
    """One layer: rows of shape [n, inputs] times weights of shape [inputs, outputs], plus the bias."""
    import numpy as np

    product = graph.add("MatMul", [rows, graph.constant(np.asarray(weights, np.float64), "weights")])
    return graph.add("Add", [product, graph.constant(np.asarray(bias, np.float64).reshape(-1), "bias")])


def linear(graph: Graph, estimator: Any, rows: str) -> Scores:
    """A linear or logistic regression of scikit-learn."""
    import numpy as np

    weights = np.atleast_2d(estimator.coef_).T
    return _of_kind(estimator, dense(graph, rows, weights, np.asarray(estimator.intercept_)), weights.shape[1])


def network(graph: Graph, estimator: Any, rows: str) -> Scores:
    """A multilayer perceptron of scikit-learn."""
    layers = list(zip(estimator.coefs_, estimator.intercepts_, strict=True))
    for weights, bias in layers[:-1]:
        rows = dense(graph, rows, weights, bias)
        if estimator.activation in ACTIVATIONS:
            rows = graph.add(ACTIVATIONS[estimator.activation], [rows])
    weights, bias = layers[-1]
    return _of_kind(estimator, dense(graph, rows, weights, bias), weights.shape[1])


def _of_kind(estimator: Any, tensor: str, targets: int) -> Scores:
    if not hasattr(estimator, "classes_"):
        return Scores(tensor, "number")
    return Scores(tensor, "logits" if targets > 1 else "log_odds")
