"""Classifiers whose probabilities come as maps: plain tensors come out, a column per label."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, ValueInfoProto, helper
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

from modelet.publish import Draft, push
from modelet.store import open_store
from tests.onnx_models import model, save, tensor
from tests.publish.asking import f32, pushed, refusal


def zipmap(source: str, target: str, **labels: Any) -> NodeProto:
    return helper.make_node("ZipMap", [source], [target], domain="ai.onnx.ml", **labels)


def maps(name: str, key: int = TensorProto.INT64) -> ValueInfoProto:
    """What a ZipMap's output is declared as."""
    held = helper.make_map_type_proto(key, helper.make_tensor_type_proto(TensorProto.FLOAT, None))
    return helper.make_value_info(name, helper.make_sequence_type_proto(held))


@pytest.mark.parametrize("labels", [[4, 7], ["cat", "größe"]], ids=["numbers", "texts"])
def test_a_classifier_of_scikit_learn_answers_a_column_per_label(labels: list[int] | list[str], tmp_path: Path) -> None:
    rows = f32([[0, 0], [0, 1], [1, 0], [1, 1]])
    fitted = LogisticRegression().fit(rows, np.array(labels)[[0, 0, 1, 1]])

    one = pushed(to_onnx(fitted, rows[:1]), tmp_path)

    assert one.manifest.labels == {"output_probability": labels}
    assert one.manifest.signature.batched
    assert one.outputs["output_probability"] == ("FP32", (-1, 2))
    answer = one.v2(X=rows)
    assert answer["output_label"].tolist() == fitted.predict(rows).tolist()
    np.testing.assert_allclose(answer["output_probability"], fitted.predict_proba(rows), atol=1e-6)


def test_a_zipmap_among_other_outputs_and_nodes(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Softmax", ["x"], ["p"]),
        zipmap("p", "zipped", classlabels_strings=["no", "yes"]),
        helper.make_node("Identity", ["zipped"], ["handed_out"]),
        zipmap("x", "raw", classlabels_int64s=[0, 1]),
        helper.make_node("ReduceMax", ["p"], ["best"], keepdims=0, axes=[1]),
    ]
    outputs = [maps("handed_out", TensorProto.STRING), tensor("best", ("N",)), maps("raw")]
    made = model(nodes, [tensor("x")], outputs, domains=["ai.onnx.ml"])
    made.opset_import[0].version = 13

    one = pushed(made, tmp_path)

    assert one.manifest.labels == {"handed_out": ["no", "yes"], "raw": [0, 1]}
    answer = one.v2(x=f32([[0, 0]]))
    assert answer["handed_out"].tolist() == [[0.5, 0.5]]
    assert answer["best"].tolist() == [0.5]
    assert answer["raw"].tolist() == [[0, 0]]


def test_a_zipmap_of_one_row_without_a_batch(tmp_path: Path) -> None:
    made = model(
        [zipmap("x", "y", classlabels_int64s=[0, 1])], [tensor("x", (2,))], [maps("y")], domains=["ai.onnx.ml"]
    )

    one = pushed(made, tmp_path)

    assert one.v2(x=f32([3, 4]))["y"].tolist() == [[3, 4]]


def test_a_model_that_imports_no_standard_operators_gets_those_that_it_needs(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Scaler", ["x"], ["p"], domain="ai.onnx.ml", offset=[0.0], scale=[2.0]),
        zipmap("p", "y", classlabels_int64s=[0, 1]),
    ]
    made = model(nodes, [tensor("x")], [maps("y")], domains=["ai.onnx.ml"])
    del made.opset_import[0]

    assert pushed(made, tmp_path).v2(x=f32([[1, 2]]))["y"].tolist() == [[2, 4]]


def test_labels_of_the_draft_win(tmp_path: Path) -> None:
    made = model([zipmap("x", "y", classlabels_int64s=[0, 1])], [tensor("x")], [maps("y")], domains=["ai.onnx.ml"])
    store = open_store(f"file://{tmp_path}/store")

    manifest = push(store, save(made, tmp_path / "m.onnx"), "m", Draft(labels={"y": ["ham", "spam"]}))

    assert manifest.labels == {"y": ["ham", "spam"]}


def test_a_zipmap_without_labels_is_refused(tmp_path: Path) -> None:
    made = model([zipmap("x", "y")], [tensor("x")], [maps("y")], domains=["ai.onnx.ml"])

    assert "has no labels" in refusal(made, tmp_path)
