"""Networks of PyTorch as nodes, from their layers as arrays: neither PyTorch nor a pickle is needed here."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modelet.train.export.graph import Graph
from modelet.train.export.layers import ACTIVATIONS, dense
from modelet.train.export.scores import Scores

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def torch_network(graph: Graph, estimator: Any, rows: str) -> Scores:
    """A trained network that can tell its `layers`."""
    for kind, values in estimator.layers():
        rows = graph.add(ACTIVATIONS[kind], [rows]) if kind in ACTIVATIONS else LAYERS[kind](graph, rows, *values)
    return Scores(rows, "logits" if hasattr(estimator, "classes_") else "number")


def _image(graph: Graph, rows: str, height: int, width: int, channels: int) -> str:
    import numpy as np

    sizes = graph.constant(np.array([-1, height, width, channels], np.int64), "sizes")
    return graph.add("Transpose", [graph.add("Reshape", [rows, sizes])], perm=[0, 3, 1, 2])


def _convolution(graph: Graph, rows: str, weights: "Array", bias: "Array") -> str:
    height, width = weights.shape[2:]
    pads = [height // 2, width // 2] * 2
    inputs = [rows, graph.constant(weights, "weights"), graph.constant(bias, "bias")]
    return graph.add("Conv", inputs, kernel_shape=[height, width], pads=pads)


def _pooling(graph: Graph, rows: str, size: int) -> str:
    return graph.add("MaxPool", [rows], kernel_shape=[size, size], strides=[size, size])


def _flat(graph: Graph, rows: str) -> str:
    return graph.add("Flatten", [rows])


LAYERS: dict[str, Callable[..., str]] = {
    "convolution": _convolution,
    "dense": dense,
    "flat": _flat,
    "image": _image,
    "pooling": _pooling,
}
"""By what a layer is; activations besides."""
