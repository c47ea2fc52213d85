"""Versions as they were before there were variants, and models to derive from: of many kernels, and of no use."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, helper

from modelet.manifest import Manifest
from modelet.publish import push
from modelet.registry.blobs import read_blob
from modelet.registry.publishing import publish
from modelet.store import open_store
from modelet.store.base import Store
from tests.onnx_models import model as made
from tests.onnx_models import tensor

OPERATORS = ("Abs", "Ceil", "Cos", "Exp", "Floor", "Neg", "Relu", "Sigmoid", "Sin", "Tanh")


def publish_old(store: Store, path: Path, model: str = "m") -> Manifest:
    """Publish a model file as code did that knew no variants."""
    aside = open_store(f"memory://{path}")
    manifest = push(aside, path, model)
    data = read_blob(aside, model, manifest.artifact)
    limits = {name: value for name, value in manifest.limits.items() if not name.endswith("_resident_bytes")}
    draft = manifest._replace(parity={}, limits=limits)
    return publish(store, draft, {manifest.artifact.sha256: lambda: [data]})


def rejecting() -> ModelProto:
    """Answers only inputs of 1,234 rows, which nobody makes up."""
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["y"])]
    sides = [tensor("x", ("N",))], [tensor("y", (2, 617))]
    return made(nodes, *sides, {"shape": np.array([2, 617])})


def many() -> ModelProto:
    """Ten operators one after the other, and a choice between two of them."""
    names = ["x", *(f"v{index}" for index in range(len(OPERATORS)))]
    nodes = [helper.make_node(kind, [a], [b]) for kind, a, b in zip(OPERATORS, names, names[1:], strict=False)]
    nodes += [
        helper.make_node("Less", [names[-1], "x"], ["less"]),
        helper.make_node("Where", ["less", "x", "w"], ["y"]),
    ]
    return made(nodes, [tensor("x")], [tensor("y")], {"w": np.array([[0.5, 0.25]], np.float32)})
