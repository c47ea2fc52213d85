"""Versions that are live, as an earlier run or anybody else may have published them."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

from modelet.manifest import Artifact, Column, Manifest
from modelet.registry.publishing import publish
from modelet.store.base import Store
from tests.onnx_models import model, tensor
from tests.published import declared_signature


def publish_version(
    store: Store, made: ModelProto, columns: Sequence[str] = (), labels: Sequence[Any] = ()
) -> Manifest:
    """The next version of model `m`, whose output `probabilities` has these labels."""
    data, signature = made.SerializeToString(deterministic=True), declared_signature(made)
    artifact = Artifact(sha256(data).hexdigest(), len(data))
    named = tuple(Column(name, signature.inputs[0].datatype) for name in columns)
    told = {"probabilities": list(labels)} if labels else {}
    return publish(
        store, Manifest("m", artifact, signature, columns=named, labels=told), {artifact.sha256: lambda: [data]}
    )


def softmax(weights: Any, element: int = TensorProto.FLOAT, batch: str | int = "N") -> ModelProto:
    """`probabilities` = softmax(x · weights): weights of shape [fields, classes]."""
    held = np.asarray(weights, np.float64 if element == TensorProto.DOUBLE else np.float32)
    nodes = [
        helper.make_node("MatMul", ["x", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ]
    fields, classes = held.shape
    outputs = [tensor("probabilities", (batch, classes), element)]
    return model(nodes, [tensor("x", (batch, fields), element)], outputs, {"weights": held})


def linear(weights: Sequence[float]) -> ModelProto:
    """`prediction` = x · weights, of shape [-1, 1]."""
    held = np.asarray(weights, np.float32)[:, None]
    node = helper.make_node("MatMul", ["x", "weights"], ["prediction"])
    return model([node], [tensor("x", ("N", len(held)))], [tensor("prediction", ("N", 1))], {"weights": held})


def by_column() -> ModelProto:
    """`label` = `colour`, and `size` is passed over: a table whose columns are inputs of their own."""
    nodes = [
        helper.make_node("Squeeze", ["colour", "axis"], ["label"]),
        helper.make_node("Identity", ["size"], ["same"]),
    ]
    shape = ("N", 1)
    inputs = [tensor("size", shape), tensor("colour", shape, TensorProto.STRING)]
    outputs = [tensor("label", ("N",), TensorProto.STRING), tensor("same", shape)]
    return model(nodes, inputs, outputs, {"axis": np.array([1], np.int64)})
