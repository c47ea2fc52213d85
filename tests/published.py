"""Tiny models published in-process: what a push writes, without the child process that examines a stranger's file."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from onnx import ModelProto, TensorProto, ValueInfoProto, helper

from modelet.config import Settings
from modelet.manifest import Artifact, Manifest, Signature, TensorSpec
from modelet.predict import Models
from modelet.registry.publishing import publish
from modelet.store import open_store
from modelet.store.base import Store
from modelet.tensors.datatypes import DATATYPES, ONNX_NAMES
from tests.onnx_models import Shape, model, scale, tensor

ELEMENTS = {datatype: getattr(TensorProto, name.upper()) for name, datatype in ONNX_NAMES.items()}
DATATYPE_OF = {element: datatype for datatype, element in ELEMENTS.items()}


def publish_model(store: Store, name: str, made: ModelProto, **limits: float) -> Manifest:
    """Publish a model as the next version of `name`, as if these limits had been measured; answers its manifest."""
    data = made.SerializeToString(deterministic=True)
    artifact = Artifact(sha256(data).hexdigest(), len(data))
    draft = Manifest(name, artifact, declared_signature(made), limits=limits)
    return publish(store, draft, {artifact.sha256: lambda: [data]})


def publish_labelled(store: Store, name: str, made: ModelProto, labels: Mapping[str, list[Any]]) -> Manifest:
    """Publish a model with the classes of its outputs, as publish_model does."""
    data = made.SerializeToString(deterministic=True)
    artifact = Artifact(sha256(data).hexdigest(), len(data))
    draft = Manifest(name, artifact, declared_signature(made), labels=labels)
    return publish(store, draft, {artifact.sha256: lambda: [data]})


def declared_signature(made: ModelProto) -> Signature:
    """What a model declares, which is true of ours; one whose first dimensions are all free takes batches."""
    inputs, outputs = (tuple(map(_spec, values)) for values in (made.graph.input, made.graph.output))
    batched = all(spec.shape is not None and spec.shape[:1] == (-1,) for spec in (*inputs, *outputs))
    return Signature(inputs, outputs, batched)


def _spec(value: ValueInfoProto) -> TensorSpec:
    tensor_type = value.type.tensor_type
    sizes = tuple(size.dim_value or -1 for size in tensor_type.shape.dim)
    shape = sizes if tensor_type.HasField("shape") else None
    return TensorSpec(value.name, DATATYPE_OF[tensor_type.elem_type], shape)


def echo(datatype: str, shape: Shape = None) -> ModelProto:
    """`y` = `x`, of one datatype; without a shape, of any rank."""
    element = ELEMENTS[datatype]
    return model(
        [helper.make_node("Identity", ["x"], ["y"])], [tensor("x", shape, element)], [tensor("y", shape, element)]
    )


def add() -> ModelProto:
    """`c` = `a` + `b`, and `d` = `a` - `b`: FP32 of shape [-1, 2]."""
    nodes = [helper.make_node("Add", ["a", "b"], ["c"]), helper.make_node("Sub", ["a", "b"], ["d"])]
    return model(nodes, [tensor("a"), tensor("b")], [tensor("c"), tensor("d")])


def digits() -> ModelProto:
    """A stand-in for the digits model: `label` is the place of the largest of 64 numbers, `scores` the numbers."""
    nodes = [
        helper.make_node("ArgMax", ["image"], ["label"], axis=1, keepdims=0),
        helper.make_node("Identity", ["image"], ["scores"]),
    ]
    shape = ("N", 64)
    outputs = [tensor("label", ("N",), TensorProto.INT64), tensor("scores", shape)]
    return model(nodes, [tensor("image", shape)], outputs)


def filled() -> ModelProto:
    """`y` = zeros of the shape that `s` lists: an answer as large as the caller likes."""
    node = helper.make_node("ConstantOfShape", ["s"], ["y"])
    return model([node], [tensor("s", (None,), TensorProto.INT64)], [tensor("y", None)])


def zoo() -> Mapping[str, ModelProto]:
    """The models that the data plane's tests ask."""
    echoes = {f"echo-{datatype.lower()}": echo(datatype) for datatype in DATATYPES}
    rows = {f"rows-{datatype.lower()}": echo(datatype, ("N",)) for datatype in DATATYPES}
    scalar = echo("FP32", ())
    return {
        "double": scale(2.0),
        "add": add(),
        "digits": digits(),
        "filled": filled(),
        "scalar": scalar,
        **echoes,
        **rows,
    }


def serve(store: Store, **settings: Any) -> Models:
    """The models of a store, as a deployment without a log serves them."""
    return Models(store, Settings(store=store.url, **{"log": False, **settings}))


def zoo_store(url: str) -> Store:
    """A store with every model of the zoo."""
    store = open_store(url)
    for name, made in zoo().items():
        publish_model(store, name, made)
    return store
