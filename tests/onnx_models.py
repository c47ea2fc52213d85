"""Tiny ONNX models that the tests make themselves: real graphs whose answers can be worked out in one's head."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

OPSET = 21
IR_VERSION = 10

Shape = Sequence[int | str | None] | None


def tensor(name: str, shape: Shape = ("N", 2), element: int = TensorProto.FLOAT) -> ValueInfoProto:
    """An input or output; a shape of None declares none."""
    return helper.make_tensor_value_info(name, element, shape)


def model(
    nodes: Sequence[NodeProto],
    inputs: Sequence[ValueInfoProto],
    outputs: Sequence[ValueInfoProto],
    constants: dict[str, Any] | None = None,
    domains: Sequence[str] = (),
) -> ModelProto:
    """A whole model. `constants` become initialisers; `domains` are imported besides the standard one."""
    initialisers = [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()]
    graph = helper.make_graph(nodes, "test", inputs, outputs, initialisers)
    imports = [helper.make_opsetid("", OPSET), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=imports, ir_version=IR_VERSION)


def scale(factor: float, source: str = "x", target: str = "y_pred", width: int = 2) -> ModelProto:
    """`target` = `factor` × `source`: FP32 of shape [-1, width] in and out."""
    node = helper.make_node("Mul", [source, "factor"], [target])
    shape = ("N", width)
    return model([node], [tensor(source, shape)], [tensor(target, shape)], {"factor": np.float32(factor)})


def counting() -> ModelProto:
    """`count` = how often a loop went round, as often as `rounds` says: with many rounds, a run that does not end."""
    nodes = [helper.make_node("Identity", ["going"], ["go_on"]), helper.make_node("Add", ["so_far", "one"], ["next"])]
    number, flag = TensorProto.INT64, TensorProto.BOOL
    carried = [tensor("round", [], number), tensor("going", [], flag), tensor("so_far", [], number)]
    body = helper.make_graph(nodes, "body", carried, [tensor("go_on", [], flag), tensor("next", [], number)])
    loop = helper.make_node("Loop", ["rounds", "always", "none"], ["count"], body=body)
    constants = {"always": np.bool_(True), "none": np.int64(0), "one": np.int64(1)}
    return model([loop], [tensor("rounds", [], number)], [tensor("count", [], number)], constants)


def multiplying() -> ModelProto:
    """`sum` = that of all numbers of a matrix times itself, whose shape is `side`, and whose numbers are all `x`: with
    large sides, a node that does not end.
    """
    nodes = [
        helper.make_node("Expand", ["x", "side"], ["matrix"]),
        helper.make_node("MatMul", ["matrix", "matrix"], ["product"]),
        helper.make_node("ReduceSum", ["product"], ["sum"], keepdims=0),
    ]
    inputs = [tensor("side", (2,), TensorProto.INT64), tensor("x", (1, 1))]
    return model(nodes, inputs, [tensor("sum", ())])


def save(made: ModelProto, path: Path) -> Path:
    """Write a model and answer where."""
    path.write_bytes(made.SerializeToString(deterministic=True))
    return path
