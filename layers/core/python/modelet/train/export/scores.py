"""What an estimator's nodes answer, and how that becomes labels and probabilities."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from modelet.train.export.graph import Graph

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Scores:
    """A tensor of shape [n, scores] and what its numbers are: `number` the answer itself, `log_odds` of the second of
    two classes, `logits` of each class, or `shares`, which are probabilities already. It has the graph's precision.
    """

    tensor: str
    kind: Literal["number", "log_odds", "logits", "shares"]


def numbers(graph: Graph, scores: Scores) -> str:
    """The answered number of each row: FP32 of shape [n]."""
    flat = graph.add("Reshape", [scores.tensor, _flat(graph)])
    return graph.single(flat)


def labels_and_probabilities(graph: Graph, scores: Scores, classes: "Array") -> tuple[str, str]:
    """The class of each row, of shape [n], and FP32 probabilities of shape [n, classes]."""
    import numpy as np

    tensor = scores.tensor
    if scores.kind == "log_odds":
        odds = graph.constant(np.zeros((1, 1)), "even")
        chosen = graph.cast(graph.add("Greater", [tensor, odds]), "int64")
        chosen = graph.add("Reshape", [chosen, _flat(graph)])
        negative = graph.add("Sigmoid", [graph.add("Neg", [tensor])])
        shares = graph.add("Concat", [negative, graph.add("Sigmoid", [tensor])], axis=1)
    else:
        chosen = graph.add("ArgMax", [tensor], axis=1, keepdims=0)
        shares = graph.add("Softmax", [tensor], axis=1) if scores.kind == "logits" else tensor
    names = graph.constant(classes if classes.dtype.kind in "iuUO" else classes.astype(np.int64), "classes")
    return graph.add("Gather", [names, chosen]), graph.single(shares)


def _flat(graph: Graph) -> str:
    import numpy as np

    return graph.constant(np.array([-1], np.int64), "flat")
