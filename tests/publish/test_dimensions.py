"""Dimensions as exporters write them: free, missing, oddly named, wrong; the signature says the truth of them."""

from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper

from tests.onnx_models import Shape, model, scale, tensor
from tests.publish.asking import f32, pushed

IDENTITY = helper.make_node("Identity", ["x"], ["y"])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (("N", 2), (-1, 2)),
        ((None, 2), (-1, 2)),
        ((None, None), (-1, -1)),
        (("?", "?"), (-1, -1)),
        (("batch size", "1 + seq len"), (-1, -1)),
        (("", "größe/Ω"), (-1, -1)),
        ((-1, 2), (-1, 2)),
        ((1, 2), (1, 2)),
        (None, None),
    ],
    ids=repr,
)
def test_a_declared_dimension_is_a_size_or_free(shape: Shape, expected: tuple[int, ...] | None, tmp_path: Path) -> None:
    one = pushed(model([IDENTITY], [tensor("x", shape)], [tensor("y", shape)]), tmp_path)

    answer = one.v2(x=f32([[1, 2]]))

    assert one.inputs == {"x": ("FP32", expected)}
    assert answer["y"].tolist() == [[1, 2]]


def test_one_name_may_stand_for_two_sizes(tmp_path: Path) -> None:
    one = pushed(model([IDENTITY], [tensor("x", ("?", "?"))], [tensor("y", ("?", "?"))]), tmp_path)

    assert one.v2(x=np.zeros((2, 3), np.float32))["y"].shape == (2, 3)


def test_a_scalar_goes_in_and_comes_out(tmp_path: Path) -> None:
    one = pushed(model([IDENTITY], [tensor("x", ())], [tensor("y", ())]), tmp_path)

    assert one.inputs == {"x": ("FP32", ())}
    assert one.outputs == {"y": ("FP32", ())}
    assert one.v2(x=np.array(3.5, np.float32))["y"].tolist() == 3.5
    assert one.simple({"x": 3.5}) == {"y": 3.5}


def test_an_unknown_rank_takes_any_rank(tmp_path: Path) -> None:
    one = pushed(model([IDENTITY], [tensor("x", None)], [tensor("y", None)]), tmp_path)

    assert one.inputs["x"] == one.outputs["y"] == ("FP32", None)
    assert one.v2(x=np.array(1, np.float32))["y"].shape == ()
    assert one.v2(x=np.zeros((1, 2, 3, 4, 5), np.float32))["y"].shape == (1, 2, 3, 4, 5)


def test_a_fixed_batch_is_no_batch(tmp_path: Path) -> None:
    one = pushed(model([IDENTITY], [tensor("x", (1, 2))], [tensor("y", (1, 2))]), tmp_path)

    assert not one.manifest.signature.batched
    assert one.simple({"x": [[1, 2]]}) == {"y": [[1, 2]]}


def test_rows_of_a_batch_are_answered_one_by_one_or_together(tmp_path: Path) -> None:
    one = pushed(scale(2), tmp_path)

    assert one.manifest.signature.batched
    assert one.simple({"x": [1, 2]}) == {"y_pred": [2, 4]}
    assert one.simple({"x": [[1, 2], [3, 4]]}) == {"y_pred": [[2, 4], [6, 8]]}


@pytest.mark.parametrize(
    ("declared", "true"),
    [((7, 9), (-1, 2)), ((1, 2), (-1, 2)), (("N",), (-1, 2)), (("N", 2, 1), (-1, 2)), ((), (-1, 2))],
    ids=repr,
)
def test_a_wrong_output_shape_is_corrected(declared: Shape, true: tuple[int, ...], tmp_path: Path) -> None:
    one = pushed(model([IDENTITY], [tensor("x")], [tensor("y", declared)]), tmp_path)

    assert one.outputs == {"y": ("FP32", true)}
    assert one.manifest.signature.batched
    assert one.v2(x=f32([[1, 2], [3, 4], [5, 6]]))["y"].shape == (3, 2)


def test_an_output_that_grows_with_another_dimension_is_not_taken_for_fixed(tmp_path: Path) -> None:
    made = model([IDENTITY], [tensor("x", ("N", "L"))], [tensor("y", ("N", 77))])

    one = pushed(made, tmp_path)

    assert one.outputs == {"y": ("FP32", (-1, -1))}


def test_an_output_without_a_type_gets_the_one_that_it_has(tmp_path: Path) -> None:
    made = model([IDENTITY], [tensor("x", element=TensorProto.INT64)], [tensor("y")])
    made.graph.output[0].ClearField("type")

    one = pushed(made, tmp_path)

    assert one.outputs == {"y": ("INT64", (-1, 2))}


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("CumSum", ["x", "axis"], ["y"]),
        helper.make_node("Softmax", ["x"], ["y"], axis=0),
        helper.make_node("Transpose", ["x"], ["y"], perm=[1, 0]),
        helper.make_node("ReduceMean", ["x"], ["y"]),
    ],
    ids=lambda node: node.op_type,
)
def test_rows_that_know_of_each_other_are_no_batch(node: NodeProto, tmp_path: Path) -> None:
    made = model([node], [tensor("x", ("N", "M"))], [tensor("y", ("A", "B"))], {"axis": np.int64(0)})

    one = pushed(made, tmp_path)

    assert not one.manifest.signature.batched


def test_time_in_the_first_dimension_is_no_batch(tmp_path: Path) -> None:
    # A network whose rows are steps in time; a bare row must not be taken for a sequence of one.
    weights = np.random.default_rng(1)
    constants = {
        "w": weights.standard_normal((1, 12, 2), dtype=np.float32),
        "r": weights.standard_normal((1, 12, 3), dtype=np.float32),
    }
    node = helper.make_node("LSTM", ["x", "w", "r"], ["y"], hidden_size=3)
    made = model([node], [tensor("x", ("T", "B", 2))], [tensor("y", ("T", 1, "B", 3))], constants)

    one = pushed(made, tmp_path)

    assert not one.manifest.signature.batched
    assert one.v2(x=np.zeros((4, 2, 2), np.float32))["y"].shape == (4, 1, 2, 3)


def test_quantised_rows_are_a_batch_though_they_share_a_range(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        helper.make_node("DequantizeLinear", ["q", "scale", "zero"], ["y"]),
    ]

    one = pushed(model(nodes, [tensor("x")], [tensor("y")]), tmp_path)

    assert one.manifest.signature.batched


def test_a_batch_in_a_later_dimension_is_answered(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Transpose", ["state"], ["turned"], perm=[1, 0]),
        helper.make_node("Add", ["x", "turned"], ["y"]),
        helper.make_node("Identity", ["state"], ["next"]),
    ]
    made = model(nodes, [tensor("x"), tensor("state", (2, "N"))], [tensor("y", (9, 9)), tensor("next", (2, "N"))])

    one = pushed(made, tmp_path)

    assert not one.manifest.signature.batched
    assert one.outputs["y"] == ("FP32", (-1, 2))
    answer = one.v2(x=f32([[1, 2]]), state=f32([[10], [20]]))
    assert answer["y"].tolist() == [[11, 22]]


def test_a_model_that_rejects_every_made_up_input_is_served_as_declared(tmp_path: Path) -> None:
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    made = model([node], [tensor("x", ("N",))], [tensor("y", ("K", 5))], {"shape": np.array([-1, 5], np.int64)})

    one = pushed(made, tmp_path)

    assert one.outputs == {"y": ("FP32", (-1, 5))}
    assert one.v2(x=np.zeros(10, np.float32))["y"].shape == (2, 5)
