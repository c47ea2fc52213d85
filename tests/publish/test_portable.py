"""A variant serves on every CPU of its architecture: optimised ahead, but not laid out for the one that derived it."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, helper

from modelet.publish.child import DERIVED
from modelet.publish.deriving import run
from tests.onnx_models import model, save, tensor
from tests.published import declared_signature

CHANNELS = 16  # as many as the widest of CPUs take at once


def convolutions() -> ModelProto:
    """Two convolutions, each with what the runtime fuses into it and would lay out anew for the CPU at hand."""
    names = ["x", "a", "b", "c", "y"]
    nodes = [
        helper.make_node("Conv", [names[0], "w"], [names[1]], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", [names[1]], [names[2]]),
        helper.make_node("Conv", [names[2], "w"], [names[3]], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", [names[3]], [names[4]]),
    ]
    shape = ("N", CHANNELS, 8, 8)
    weights = {"w": np.ones((CHANNELS, CHANNELS, 3, 3), np.float32)}
    return model(nodes, [tensor("x", shape)], [tensor("y", shape)], weights)


def test_a_variant_is_optimised_but_for_no_cpu_in_particular(tmp_path: Path) -> None:
    made = convolutions()
    artifact = save(made, tmp_path / "model.onnx")

    list(run({"signature": declared_signature(made).dump()}, artifact))

    derived = (tmp_path / DERIVED).read_bytes()
    assert (b"FusedConv" in derived, b"ReorderInput" in derived) == (True, False)
