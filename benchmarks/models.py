"""The models that are measured: multi-layer perceptrons of any size, the same bytes on every machine; and one that does
nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

FEATURES = 64
CLASSES = 10
WIDTH = 2048
LAYER_MB = WIDTH * WIDTH * 4 / 1e6


def small(path: Path) -> Path:
    """A network of 70 KB: 64-128-64-10."""
    return perceptron(path, [FEATURES, 128, 64, CLASSES])


def large(path: Path, megabytes: int) -> Path:
    """A network whose weights, FP32, have about so many megabytes."""
    layers = max(1, round(megabytes / LAYER_MB))
    return perceptron(path, [FEATURES, *[WIDTH] * (layers + 1), CLASSES])


def echo(path: Path) -> Path:
    """A model that hands on rows of 64 numbers: `y` = `x`."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ("N", FEATURES)) for name in ("x", "y"))
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "echo", [x], [y])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)
    return path


def perceptron(path: Path, widths: Sequence[int]) -> Path:
    """Write a network with layers of these widths, FP32, whose input is `x` and whose output is `y`."""
    last = len(widths) - 2
    nodes: list[NodeProto] = []
    value = "x"
    for layer in range(last + 1):
        nodes.append(helper.make_node("MatMul", [value, f"w{layer}"], [f"m{layer}"]))
        nodes.append(helper.make_node("Add", [f"m{layer}", f"b{layer}"], ["y" if layer == last else f"a{layer}"]))
        if layer < last:
            nodes.append(helper.make_node("Relu", [f"a{layer}"], [f"r{layer}"]))
        value = f"r{layer}"
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ("N", width))
        for name, width in (("x", widths[0]), ("y", widths[-1]))
    )
    graph = helper.make_graph(nodes, "perceptron", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    _add_weights(model, widths)
    onnx.save(model, path)
    return path


def _add_weights(model: ModelProto, widths: Sequence[int]) -> None:
    # Into the finished model, for each helper that takes weights copies a gigabyte once more.
    random = np.random.default_rng(0)
    for layer, (ins, outs) in enumerate(pairwise(widths)):
        scale = np.float32(sqrt(6 / ins))  # He: what goes through neither grows nor fades
        matrix = (random.random((ins, outs), np.float32) * 2 - 1) * scale
        model.graph.initializer.append(numpy_helper.from_array(matrix, f"w{layer}"))
        model.graph.initializer.append(numpy_helper.from_array(np.zeros(outs, np.float32), f"b{layer}"))
