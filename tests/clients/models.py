"""The models that the scripts in this folder ask: `double` in two versions, `classes` with labels, and one for each of
some datatypes that answers what it is given.
"""

from pathlib import Path

from onnx import ModelProto, TensorProto, helper

from modelet.publish import Draft, push
from modelet.store.base import Store
from tests.onnx_models import model, save, scale, tensor

SAME = {
    "bool": TensorProto.BOOL,
    "uint8": TensorProto.UINT8,
    "int64": TensorProto.INT64,
    "fp16": TensorProto.FLOAT16,
    "fp64": TensorProto.DOUBLE,
    "bytes": TensorProto.STRING,
}


def publish(store: Store, scratch: Path) -> None:
    """Publish all of them."""
    columns = Draft(columns=("a", "b"))
    push(store, save(scale(2.0), scratch / "double.onnx"), "double", columns)
    push(store, save(scale(3.0), scratch / "triple.onnx"), "double", columns)
    labels = Draft(labels={"scores": ["cat", "dog", "cow"]})
    push(store, save(_handing_on(TensorProto.FLOAT, ("N", 3), "scores"), scratch / "classes.onnx"), "classes", labels)
    for name, element in SAME.items():
        push(store, save(_handing_on(element, ("N",), "same"), scratch / f"{name}.onnx"), f"same-{name}")


def _handing_on(element: int, shape: tuple[int | str, ...], output: str) -> ModelProto:
    node = helper.make_node("Identity", ["x"], [output])
    return model([node], [tensor("x", shape, element)], [tensor(output, shape, element)])
