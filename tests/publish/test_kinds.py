"""Values that are no tensors: sequences are stacked, everything else is refused by name."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, TypeProto, ValueInfoProto, helper

from tests.onnx_models import Shape, model, tensor
from tests.publish.asking import Array, f32, pushed, refusal


def sequence(name: str, shape: Shape = (2,), element: int = TensorProto.FLOAT) -> ValueInfoProto:
    return helper.make_tensor_sequence_value_info(name, element, shape)


@pytest.mark.parametrize(
    ("element", "values"),
    [
        (TensorProto.FLOAT, f32([[1, 2], [3, 4]])),
        (TensorProto.INT64, np.array([[1, 2], [3, 4]], np.int64)),
        (TensorProto.STRING, np.array([["a", "b"], ["c", "d"]], object)),
        (TensorProto.BOOL, np.array([[True, False], [False, False]])),
    ],
    ids=["float", "int64", "string", "bool"],
)
def test_a_sequence_goes_in_and_comes_out_as_one_tensor(element: int, values: Array, tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])

    one = pushed(model([node], [sequence("x", element=element)], [sequence("y", element=element)]), tmp_path)

    assert one.inputs["x"][1] == one.outputs["y"][1] == (-1, 2)
    assert one.v2(x=values)["y"].tolist() == values.tolist()


def test_a_sequence_that_the_graph_reads_in_several_places(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("SequenceAt", ["x", "first"], ["y"]),
        helper.make_node("SequenceLength", ["x"], ["n"]),
    ]
    outputs = [tensor("y", (2,)), tensor("n", (), TensorProto.INT64)]

    one = pushed(model(nodes, [sequence("x")], outputs, {"first": np.int64(0)}), tmp_path)

    answer = one.v2(x=f32([[1, 2], [3, 4], [5, 6]]))
    assert answer["y"].tolist() == [1, 2]
    assert answer["n"].tolist() == 3


def test_a_sequence_of_tensors_of_any_rank(tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])

    one = pushed(model([node], [sequence("x", None)], [sequence("y", None)]), tmp_path)

    assert one.inputs["x"] == ("FP32", None)
    assert one.v2(x=f32([[[1, 2]], [[3, 4]]]))["y"].tolist() == [[[1, 2]], [[3, 4]]]


def value_of(kind: TypeProto) -> ValueInfoProto:
    return helper.make_value_info("odd", kind)


PLAIN = helper.make_tensor_type_proto(TensorProto.FLOAT, (2,))
MAP = helper.make_map_type_proto(TensorProto.STRING, PLAIN)
ODD = {
    "a map": value_of(MAP),
    "an optional value": value_of(helper.make_optional_type_proto(PLAIN)),
    "a sparse tensor": value_of(helper.make_sparse_tensor_type_proto(TensorProto.FLOAT, (2,))),
    "a sequence of something other": value_of(helper.make_sequence_type_proto(MAP)),
    "a sequence of something other than plain tensors": value_of(
        helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.BFLOAT16, (2,)))
    ),
    "of an unknown kind": ValueInfoProto(name="odd"),
}


@pytest.mark.parametrize("words", ODD)
def test_a_value_that_has_no_tensor_form_is_refused_on_the_way_in(words: str, tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["odd"], ["y"])

    message = refusal(model([node], [ODD[words]], [tensor("y")]), tmp_path)

    assert f"input 'odd' is {words}" in message


@pytest.mark.parametrize("words", [words for words in ODD if words != "of an unknown kind"])
def test_a_value_that_has_no_tensor_form_is_refused_on_the_way_out(words: str, tmp_path: Path) -> None:
    node = helper.make_node("Identity", ["x"], ["odd"])

    message = refusal(model([node], [tensor("x")], [ODD[words]]), tmp_path)

    assert f"output 'odd' is {words}" in message


def test_a_sequence_that_the_runtime_cannot_split_is_refused(tmp_path: Path) -> None:
    node = helper.make_node("SequenceAt", ["x", "first"], ["y"])
    made = model(
        [node], [sequence("x", element=TensorProto.INT8)], [tensor("y", (2,), TensorProto.INT8)], {"first": np.int64(0)}
    )

    assert "input 'x' is a sequence of int8 tensors" in refusal(made, tmp_path)
