"""Every datatype goes in and comes out; those that numpy lacks travel as one that it has."""

from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from modelet.tensors.datatypes import NUMPY_NAMES
from tests.onnx_models import model, tensor
from tests.publish.asking import Array, f32, pushed, refusal

VALUES: dict[str, Array] = {
    "BOOL": np.array([[True, False]]),
    "BYTES": np.array([["grün", ""]], dtype=object),
    "FP16": np.array([[0.5, -65504]], np.float16),
    "FP32": np.array([[0.1, -3e38]], np.float32),
    "FP64": np.array([[0.1, -1e308]], np.float64),
    **{
        name: np.array([[np.iinfo(name.lower()).min, np.iinfo(name.lower()).max]], name.lower())
        for name in ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
    },
}
ELEMENTS = {
    "BYTES": TensorProto.STRING,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
}
# What each travels as, and values that it keeps.
NARROW = {
    "BFLOAT16": ("FP32", [1.5, -2.0]),
    "FLOAT8E4M3FN": ("FP32", [1.5, -2.0]),
    "FLOAT8E4M3FNUZ": ("FP32", [1.5, -2.0]),
    "FLOAT8E5M2": ("FP32", [1.5, -2.0]),
    "FLOAT8E5M2FNUZ": ("FP32", [1.5, -2.0]),
    "FLOAT8E8M0": ("FP32", [0.5, 4.0]),
    "INT4": ("INT8", [-8, 7]),
    "UINT4": ("UINT8", [0, 15]),
    "INT2": ("INT8", [-2, 1]),
    "UINT2": ("UINT8", [0, 3]),
}


def passing(element: int) -> ModelProto:
    """Two copies, one after the other, so that no input is an output."""
    nodes = [helper.make_node("Identity", ["x"], ["between"]), helper.make_node("Identity", ["between"], ["y"])]
    made = model(nodes, [tensor("x", element=element)], [tensor("y", element=element)])
    made.opset_import[0].version, made.ir_version = 25, 13
    return made


def test_every_datatype_is_tried() -> None:
    assert set(VALUES) == set(NUMPY_NAMES)


@pytest.mark.parametrize("datatype", VALUES)
def test_a_datatype_goes_in_and_comes_out_unchanged(datatype: str, tmp_path: Path) -> None:
    element = ELEMENTS.get(datatype) or TensorProto.DataType.Value(datatype)

    one = pushed(passing(element), tmp_path)

    assert one.inputs == {"x": (datatype, (-1, 2))}
    assert one.outputs == {"y": (datatype, (-1, 2))}
    assert one.manifest.signature.batched
    assert one.v2(x=VALUES[datatype])["y"].tolist() == VALUES[datatype].tolist()


@pytest.mark.parametrize("element", NARROW)
def test_a_datatype_that_numpy_lacks_is_cast_both_ways(element: str, tmp_path: Path) -> None:
    datatype, values = NARROW[element]

    one = pushed(passing(TensorProto.DataType.Value(element)), tmp_path)

    assert one.inputs == {"x": (datatype, (-1, 2))}
    assert one.outputs == {"y": (datatype, (-1, 2))}
    assert one.v2(x=np.array([values], NUMPY_NAMES[datatype]))["y"].tolist() == [values]


def test_an_input_that_is_handed_out_is_cast_once(tmp_path: Path) -> None:
    value = tensor("x", element=TensorProto.BFLOAT16)

    one = pushed(model([], [value], [value]), tmp_path)

    assert one.v2(x=f32([[1, 2]]))["x"].tolist() == [[1, 2]]


def test_a_cast_takes_no_name_that_the_model_uses(tmp_path: Path) -> None:
    nodes = [helper.make_node("Identity", ["x"], ["x/inner"]), helper.make_node("Identity", ["x/inner"], ["y"])]
    made = model(nodes, [tensor("x", element=TensorProto.BFLOAT16)], [tensor("y", element=TensorProto.BFLOAT16)])

    assert pushed(made, tmp_path).v2(x=f32([[1, 2]]))["y"].tolist() == [[1, 2]]


def test_a_constant_is_handed_out_in_a_datatype_that_numpy_has(tmp_path: Path) -> None:
    made = model([], [], [tensor("c", (2,), TensorProto.BFLOAT16)])
    made.graph.initializer.append(helper.make_tensor("c", TensorProto.BFLOAT16, (2,), [1.0, 2.0]))

    one = pushed(made, tmp_path)

    assert one.outputs == {"c": ("FP32", (2,))}


@pytest.mark.parametrize(
    ("element", "words"),
    [("COMPLEX64", "complex64"), ("FLOAT4E2M1", "operator 'Identity' (opset 25) has no implementation")],
)
def test_a_datatype_that_the_runtime_cannot_run_is_refused(element: str, words: str, tmp_path: Path) -> None:
    assert words in refusal(passing(TensorProto.DataType.Value(element)), tmp_path)
