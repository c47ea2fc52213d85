"""Tiny models in the shapes that the documents of KServe, TensorFlow Serving and TorchServe use."""

from hashlib import sha256

import numpy as np
from onnx import ModelProto, TensorProto, helper

from modelet.manifest import Artifact, Column, Manifest
from modelet.registry.publishing import publish
from modelet.store import open_store
from modelet.store.base import Store
from tests.onnx_models import Shape, model, scale, tensor
from tests.published import add, declared_signature, echo, publish_labelled, publish_model

FLOWERS = ["setosa", "versicolor", "virginica"]
COLUMNS = ("height", "width")


def half_plus_three(shape: Shape = ("N", 1)) -> ModelProto:
    """`y` = `x` / 2 + 3."""
    nodes = [helper.make_node("Mul", ["x", "half"], ["z"]), helper.make_node("Add", ["z", "three"], ["y"])]
    constants = {"half": np.float32(0.5), "three": np.float32(3.0)}
    return model(nodes, [tensor("x", shape)], [tensor("y", shape)], constants)


def flowers() -> ModelProto:
    """`scores` of three classes are the three `measures`, and `label` the place of the largest."""
    nodes = [
        helper.make_node("ArgMax", ["measures"], ["label"], axis=1, keepdims=0),
        helper.make_node("Identity", ["measures"], ["scores"]),
    ]
    outputs = [tensor("label", ("N",), TensorProto.INT64), tensor("scores", ("N", 3))]
    return model(nodes, [tensor("measures", ("N", 3))], outputs)


def signals() -> ModelProto:
    """Three inputs of different shapes and types, and an output for each; the text goes out as bytes."""
    pairs = (("tag", "tag_bytes"), ("signal", "echo"), ("sensor", "field"))
    nodes = [helper.make_node("Identity", [source], [target]) for source, target in pairs]
    kinds = ((("N",), TensorProto.STRING), (("N", 5), TensorProto.FLOAT), (("N", 2, 2), TensorProto.INT32))
    inputs, outputs = ([tensor(pair[side], *kind) for pair, kind in zip(pairs, kinds, strict=True)] for side in (0, 1))
    return model(nodes, inputs, outputs)


def total() -> ModelProto:
    """`total` of all elements, and they themselves as `x_again`: outputs of which one has no rows."""
    nodes = [
        helper.make_node("ReduceSum", ["x"], ["total"], keepdims=0),
        helper.make_node("Identity", ["x"], ["x_again"]),
    ]
    return model(nodes, [tensor("x")], [tensor("total", ()), tensor("x_again")])


def one_sum() -> ModelProto:
    """`sum` = `a` + `b`, of one number each."""
    node = helper.make_node("Add", ["a", "b"], ["sum"])
    return model([node], [tensor("a", ("N", 1)), tensor("b", ("N", 1))], [tensor("sum", ("N", 1))])


def brightness() -> ModelProto:
    """`sum` of two by two pixels."""
    node = helper.make_node("ReduceSum", ["pixels", "axes"], ["sum"], keepdims=0)
    constants = {"axes": np.array([1, 2])}
    return model([node], [tensor("pixels", ("N", None, 2))], [tensor("sum", ("N",))], constants)


def is_foobar() -> ModelProto:
    """`share` is 1 where the `word` is foobar, else 0."""
    nodes = [
        helper.make_node("Equal", ["word", "wanted"], ["same"]),
        helper.make_node("Cast", ["same"], ["share"], to=TensorProto.FLOAT),
    ]
    constants = {"wanted": np.array(["foobar"], object)}
    return model(nodes, [tensor("word", ("N",), TensorProto.STRING)], [tensor("share", ("N",))], constants)


def captions() -> ModelProto:
    """An `image` of any number of bytes is `seen`, and its `caption` is `said`."""
    nodes = [helper.make_node("Identity", ["image"], ["seen"]), helper.make_node("Identity", ["caption"], ["said"])]
    inputs, outputs = (
        [tensor(text, ("N", 1), TensorProto.STRING), tensor(image, ("N", None), TensorProto.UINT8)]
        for text, image in (("caption", "image"), ("said", "seen"))
    )
    return model(nodes, inputs, outputs)


def publish_table(store: Store, name: str, made: ModelProto) -> None:
    """Publish a model whose only input's columns have names."""
    data = made.SerializeToString(deterministic=True)
    artifact = Artifact(sha256(data).hexdigest(), len(data))
    columns = tuple(Column(column, "FP32") for column in COLUMNS)
    draft = Manifest(name, artifact, declared_signature(made), columns=columns)
    publish(store, draft, {artifact.sha256: lambda: [data]})


def v1_store(url: str) -> Store:
    """A store with all of them."""
    store = open_store(url)
    publish_labelled(store, "flowers", flowers(), {"scores": FLOWERS})
    publish_labelled(store, "numbered", flowers(), {"label": [0, 1, 2]})
    publish_table(store, "table", scale(2.0))
    made = {
        "double": scale(2.0),
        "add": add(),
        "half_plus_three": half_plus_three(),
        "half_of_any": half_plus_three(("N",)),
        "unlabelled": flowers(),
        "one-sum": one_sum(),
        "brightness": brightness(),
        "is-foobar": is_foobar(),
        "signals": signals(),
        "total": total(),
        "text": echo("BYTES", ("N",)),
        "text-column": echo("BYTES", ("N", 1)),
        "one-row": half_plus_three((1, 3)),
        "matrix": half_plus_three((2, 2)),
        "scalar": echo("FP32", ()),
        "any-rank": echo("FP32"),
        "pixels": echo("UINT8", ("N", 4)),
        "encoded": echo("UINT8", ("N", None)),
        "square": echo("UINT8", (2, 2)),
        "numbers": echo("INT64", ("N", 2)),
        "halves": echo("FP16", ("N", 2)),
    }
    for name, held in made.items():
        publish_model(store, name.replace("_", "-"), held)
    return store
