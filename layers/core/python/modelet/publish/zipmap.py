"""ZipMap, which scikit-learn's converters end their classifiers with: a sequence of maps from label to probability.

The plain tensor below it says the same with a column per label, and every client can read that.
"""

from typing import Any

from onnx import GraphProto, NodeProto, TensorProto, helper

from modelet.errors import RefusedModel
from modelet.publish.names import fresh

Labels = dict[str, list[Any]]


def strip_zipmaps(graph: GraphProto) -> Labels:
    """Replace every ZipMap of a graph by the tensor that it zips; answers the labels by output name."""
    labels: Labels = {}
    for node in graph.node:
        if node.op_type == "ZipMap" and node.domain == "ai.onnx.ml":
            labels[node.output[0]] = _labels(node)
            _pass_through(graph, node, len(labels[node.output[0]]))
        elif node.op_type == "Identity" and node.input[0] in labels:
            labels[node.output[0]] = labels[node.input[0]]
    outputs = {value.name: value for value in graph.output if value.name in labels}
    for name, value in outputs.items():
        value.type.CopyFrom(helper.make_tensor_type_proto(TensorProto.FLOAT, [None, len(labels[name])]))
    return {name: labels[name] for name in outputs}


def _pass_through(graph: GraphProto, node: NodeProto, width: int) -> None:
    # A single row may come without its batch dimension.
    shape = fresh(graph, node.output[0] + "/shape")
    graph.initializer.append(helper.make_tensor(shape, TensorProto.INT64, (2,), (-1, width)))
    node.CopyFrom(helper.make_node("Reshape", [node.input[0], shape], [node.output[0]], name=node.name))


def _labels(node: NodeProto) -> list[Any]:
    held = {attribute.name: attribute for attribute in node.attribute}
    texts, numbers = held.get("classlabels_strings"), held.get("classlabels_int64s")
    labels: list[Any] = [text.decode(errors="replace") for text in texts.strings] if texts else []
    labels = labels or (list(numbers.ints) if numbers else [])
    if not labels or not node.input:
        raise RefusedModel(f"its ZipMap {node.name!r:.200} has no labels.")
    return labels
