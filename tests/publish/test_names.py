"""Names are the author's: whatever they hold, they are the keys of requests and answers."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from tests.onnx_models import model, scale, tensor
from tests.publish.asking import f32, pushed, refusal

NAMES = [
    "serving_default_x:0",
    "model/dense/BiasAdd",
    "{curly} [square] (round)",
    "two words",
    "größe_Ω_图",
    'it\'s "quoted"',
    "back\\slash",
    "new\nline",
    "%2F..%00",
    "__class__",
    "x" * 500,
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:20].encode("unicode_escape").decode())
def test_any_name_is_served(name: str, tmp_path: Path) -> None:
    one = pushed(scale(2, source=name, target=name + "'"), tmp_path)

    assert list(one.inputs) == [name]
    assert one.infer({name: f32([[1, 2]])})[name + "'"].tolist() == [[2, 4]]
    assert one.simple({name: [1, 2]}) == {name + "'": [2, 4]}


def test_an_empty_optional_input_of_an_operator_is_no_input(tmp_path: Path) -> None:
    node = helper.make_node("Clip", ["x", "", "most"], ["y"])

    one = pushed(model([node], [tensor("x")], [tensor("y")], {"most": np.float32(1.5)}), tmp_path)

    assert list(one.inputs) == ["x"]
    assert one.v2(x=f32([[1, 2]]))["y"].tolist() == [[1, 1.5]]


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(scale(2, source="NAME").SerializeToString().replace(b"NAME", b"\xff\xfe\xff\xfe"))

    assert "UTF-8" in refusal(path, tmp_path)
