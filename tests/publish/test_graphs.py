"""Graphs of every build: old ones, constant ones, with state, with subgraphs and functions of their own."""

from pathlib import Path

import numpy as np
from onnx import GraphProto, SparseTensorProto, TensorProto, helper, numpy_helper

from tests.onnx_models import model, scale, tensor
from tests.publish.asking import f32, pushed, refusal

FLAG = tensor("flag", (), TensorProto.BOOL)


def test_weights_that_are_listed_among_the_inputs_are_not_asked_for(tmp_path: Path) -> None:
    made = scale(3)
    made.ir_version = 3
    made.opset_import[0].version = 7
    made.graph.input.append(tensor("factor", ()))

    one = pushed(made, tmp_path)

    assert list(one.inputs) == ["x"]
    assert one.v2(x=f32([[1, 2]]))["y_pred"].tolist() == [[3, 6]]


def test_an_input_that_nothing_reads_is_still_an_input(tmp_path: Path) -> None:
    made = scale(2)
    made.graph.input.append(tensor("unread", ("N", 5)))

    one = pushed(made, tmp_path)

    assert list(one.inputs) == ["x", "unread"]
    assert one.v2(x=f32([[1, 2]]), unread=np.zeros((1, 5), np.float32))["y_pred"].tolist() == [[2, 4]]


def test_an_input_may_be_an_output(tmp_path: Path) -> None:
    one = pushed(model([], [tensor("x")], [tensor("x")]), tmp_path)

    assert one.v2(x=f32([[1, 2]]))["x"].tolist() == [[1, 2]]


def test_a_state_goes_round(tmp_path: Path) -> None:
    nodes = [helper.make_node("Add", ["x", "state"], ["y"]), helper.make_node("Identity", ["y"], ["next"])]
    made = model(nodes, [tensor("x"), tensor("state")], [tensor("y"), tensor("next")])

    one = pushed(made, tmp_path)

    first = one.v2(x=f32([[1, 2]]), state=f32([[0, 0]]))
    assert one.v2(x=f32([[1, 2]]), state=first["next"])["y"].tolist() == [[2, 4]]


def branch(name: str, operator: str) -> GraphProto:
    node = helper.make_node(operator, ["x"], [name])
    return helper.make_graph([node], name, [], [tensor(name, ("A", "B"), TensorProto.BFLOAT16)])


def test_branches_read_an_input_that_is_cast_for_them(tmp_path: Path) -> None:
    node = helper.make_node(
        "If", ["flag"], ["y"], then_branch=branch("same", "Identity"), else_branch=branch("turned", "Transpose")
    )
    narrow = TensorProto.BFLOAT16
    made = model([node], [tensor("x", element=narrow), FLAG], [tensor("y", ("A", "B"), narrow)])

    one = pushed(made, tmp_path)

    x = f32([[1, 2]])
    assert one.v2(x=x, flag=np.array(True))["y"].tolist() == [[1, 2]]
    assert one.v2(x=x, flag=np.array(False))["y"].tolist() == [[1], [2]]


def test_a_loop_whose_body_has_a_value_of_the_same_name(tmp_path: Path) -> None:
    # The body's own "x" is another value, and must not be renamed with the input that is cast.
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["go_on"]), helper.make_node("Add", ["x", "x"], ["twice"])],
        "body",
        [tensor("round", (), TensorProto.INT64), tensor("going", (), TensorProto.BOOL), tensor("x")],
        [tensor("go_on", (), TensorProto.BOOL), tensor("twice")],
    )
    nodes = [
        helper.make_node("Cast", ["x"], ["wide"], to=TensorProto.FLOAT),
        helper.make_node("Loop", ["rounds", "", "wide"], ["y"], body=body),
    ]
    made = model(nodes, [tensor("x", element=TensorProto.BFLOAT16)], [tensor("y")], {"rounds": np.int64(3)})

    one = pushed(made, tmp_path)

    assert one.v2(x=f32([[1, 2]]))["y"].tolist() == [[8, 16]]


def test_a_scan_adds_up(tmp_path: Path) -> None:
    body = helper.make_graph(
        [helper.make_node("Add", ["sum", "row"], ["next"]), helper.make_node("Identity", ["next"], ["seen"])],
        "body",
        [tensor("sum", (2,)), tensor("row", (2,))],
        [tensor("next", (2,)), tensor("seen", (2,))],
    )
    node = helper.make_node("Scan", ["zero", "x"], ["total", "sums"], num_scan_inputs=1, body=body)
    made = model([node], [tensor("x")], [tensor("total", (2,)), tensor("sums")], {"zero": np.zeros(2, np.float32)})

    one = pushed(made, tmp_path)

    assert not one.manifest.signature.batched
    answer = one.v2(x=f32([[1, 2], [3, 4]]))
    assert answer["total"].tolist() == [4, 6]
    assert answer["sums"].tolist() == [[1, 2], [4, 6]]


def test_a_function_of_the_models_own(tmp_path: Path) -> None:
    made = model(
        [helper.make_node("Twice", ["x"], ["y"], domain="ours")], [tensor("x")], [tensor("y")], domains=["ours"]
    )
    body = [helper.make_node("Add", ["a", "a"], ["b"])]
    made.functions.append(helper.make_function("ours", "Twice", ["a"], ["b"], body, [helper.make_opsetid("", 21)]))

    assert pushed(made, tmp_path).v2(x=f32([[1, 2]]))["y"].tolist() == [[2, 4]]


def test_sparse_weights(tmp_path: Path) -> None:
    values = numpy_helper.from_array(f32([5]), "w")
    sparse = SparseTensorProto(values=values, indices=numpy_helper.from_array(np.array([1], np.int64)), dims=[2])
    made = model([helper.make_node("Add", ["x", "w"], ["y"])], [tensor("x")], [tensor("y")])
    made.graph.sparse_initializer.append(sparse)

    assert pushed(made, tmp_path).v2(x=f32([[1, 2]]))["y"].tolist() == [[1, 7]]


def test_strings_are_folded_on_a_machine_without_locales(tmp_path: Path) -> None:
    node = helper.make_node("StringNormalizer", ["x"], ["y"], case_change_action="UPPER")
    value, output = (tensor(name, ("N",), TensorProto.STRING) for name in "xy")

    one = pushed(model([node], [value], [output]), tmp_path)

    assert one.v2(x=np.array(["ab", "c"], object))["y"].tolist() == ["AB", "C"]


def test_a_locale_that_this_machine_lacks_is_named(tmp_path: Path) -> None:
    node = helper.make_node("StringNormalizer", ["x"], ["y"], case_change_action="UPPER", locale="xx_YY.UTF-8")
    value, output = (tensor(name, ("N",), TensorProto.STRING) for name in "xy")

    assert "needs the locale 'xx_YY.UTF-8'" in refusal(model([node], [value], [output]), tmp_path)


def test_nodes_in_any_order(tmp_path: Path) -> None:
    nodes = [helper.make_node("Neg", ["a"], ["y"]), helper.make_node("Add", ["x", "x"], ["a"])]

    assert pushed(model(nodes, [tensor("x")], [tensor("y")]), tmp_path).v2(x=f32([[1, 2]]))["y"].tolist() == [[-2, -4]]


def test_a_model_that_needs_no_fix_keeps_its_bytes(tmp_path: Path) -> None:
    one = pushed(scale(2), tmp_path)

    assert one.manifest.artifact.size == (tmp_path / "model.onnx").stat().st_size
