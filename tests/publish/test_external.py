"""External data is taken in from plain files beside the model, and from nowhere else: a location is the author's word.

Threats: https://github.com/onnx/onnx/blob/main/docs/ExternalDataSecurity.md
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper

from tests.onnx_models import model, save, tensor
from tests.publish.asking import f32, pushed_file, refusal

WEIGHTS = f32([10, 20])


def outside(name: str = "w", **entries: object) -> TensorProto:
    """A tensor of two floats whose data lies in a file."""
    held = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        held.external_data.add(key=key, value=str(value))
    return held


def adding(*held: TensorProto) -> ModelProto:
    """`y` = `x` plus every tensor."""
    made = model([helper.make_node("Sum", ["x", *(each.name for each in held)], ["y"])], [tensor("x")], [tensor("y")])
    made.graph.initializer.extend(held)
    return made


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "weights.bin"
    path.write_bytes(WEIGHTS.tobytes())
    return path


def test_weights_beside_the_model_become_part_of_it(data: Path, tmp_path: Path) -> None:
    path = save(adding(outside(location=data.name)), tmp_path / "model.onnx")

    one = pushed_file(path)
    data.unlink()

    assert one.v2(x=f32([[1, 2]]))["y"].tolist() == [[11, 22]]


def test_tensors_share_a_file_at_offsets(tmp_path: Path) -> None:
    size = 6 * 2**20
    (tmp_path / "data").write_bytes(bytes(size) + f32([1, 2]).tobytes() + f32([30, 40]).tobytes())
    first, second = outside("a", location="data", offset=size, length=8), outside("b", location="data", offset=size + 8)
    path = save(adding(first, second), tmp_path / "model.onnx")

    one = pushed_file(path)

    assert one.v2(x=f32([[0, 0]]))["y"].tolist() == [[31, 42]]
    assert one.manifest.artifact.size < 1000


def test_weights_of_many_megabytes_arrive_whole(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((1000, 2000), dtype=np.float32)
    (tmp_path / "data").write_bytes(values.tobytes())
    held = outside("w", location="data")
    held.dims[:] = values.shape
    made = model(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], [tensor("x", ("N", 1000))], [tensor("y", ("N", 2000))]
    )
    made.graph.initializer.append(held)

    one = pushed_file(save(made, tmp_path / "model.onnx"))

    x = np.eye(1, 1000, 17, dtype=np.float32)
    assert (one.v2(x=x)["y"][0] == values[17]).all()
    assert one.manifest.limits["resident_bytes"] >= values.nbytes


def test_weights_in_attributes_subgraphs_and_functions_are_taken_in(data: Path, tmp_path: Path) -> None:
    def constant(name: str) -> NodeProto:
        return helper.make_node("Constant", [], [name], value=outside(location=data.name))

    branches = [helper.make_graph([constant(name)], name, [], [tensor(name, (2,))]) for name in ("yes", "no")]
    nodes = [
        constant("a"),
        helper.make_node("If", ["flag"], ["b"], then_branch=branches[0], else_branch=branches[1]),
        helper.make_node("Ten", ["x"], ["c"], domain="ours"),
        helper.make_node("Sum", ["x", "a", "b", "c"], ["y"]),
    ]
    made = model(nodes, [tensor("x")], [tensor("y")], {"flag": np.bool_(True)}, ["ours"])
    body = [constant("k"), helper.make_node("Add", ["i", "k"], ["o"])]
    made.functions.append(helper.make_function("ours", "Ten", ["i"], ["o"], body, [helper.make_opsetid("", 21)]))

    one = pushed_file(save(made, tmp_path / "model.onnx"))
    data.unlink()

    assert one.v2(x=f32([[0, 0]]))["y"].tolist() == [[30, 60]]


@pytest.mark.parametrize(
    "location",
    [
        "",
        ".",
        "..",
        "../weights.bin",
        "sub/weights.bin",
        "/etc/hostname",
        "sub\\weights.bin",
        "weights.bin\0",
        "*/_ORT_MEM_ADDR_/*",
    ],
    ids=repr,
)
def test_a_location_that_is_no_plain_file_name_is_refused(location: str, data: Path, tmp_path: Path) -> None:
    message = refusal(adding(outside(location=location)), tmp_path)

    assert f"tensor 'w' keeps its data at {location!r}: only a plain file beside the model" in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    message = refusal(adding(outside(location="weights.bin")), tmp_path)

    assert "external file 'weights.bin' (tensor 'w') is missing" in message


def test_a_symbolic_link_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(data)

    assert "'link' (tensor 'w') is a symbolic link: copy it" in refusal(adding(outside(location="link")), tmp_path)


def test_a_hard_link_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "link").hardlink_to(data)

    assert "'link' (tensor 'w') is a hard link: copy it" in refusal(adding(outside(location="link")), tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "'pipe' (tensor 'w') is no plain file" in refusal(adding(outside(location="pipe")), tmp_path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    assert "'folder' (tensor 'w') is no plain file" in refusal(adding(outside(location="folder")), tmp_path)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"offset": 9}, "wants bytes 9 to 9 of 'weights.bin', which has 8"),
        ({"offset": 4, "length": 8}, "wants bytes 4 to 12 of 'weights.bin', which has 8"),
        ({"length": 2**62}, "which has 8"),
        ({"offset": -4}, "an external offset that is not a number: '-4'"),
        ({"length": "9" * 40}, "an external length that is not a number"),
        ({"offset": "٣"}, "an external offset that is not a number"),
        ({"length": 4}, "raw_data size (4 bytes) does not match expected size"),
    ],
    ids=repr,
)
def test_a_range_outside_the_file_is_refused(entries: dict[str, Any], words: str, data: Path, tmp_path: Path) -> None:
    message = refusal(adding(outside(location=data.name, **entries)), tmp_path)

    assert "'w'" in message
    assert words in message


def test_a_location_that_is_given_twice_is_refused(data: Path, tmp_path: Path) -> None:
    held = outside(location=data.name)
    held.external_data.add(key="location", value="/etc/hostname")

    assert "gives the 'location' of its external data twice" in refusal(adding(held), tmp_path)


def test_data_inside_and_outside_is_refused(data: Path, tmp_path: Path) -> None:
    held = outside(location=data.name)
    held.raw_data = WEIGHTS.tobytes()

    assert "tensor 'w' holds its data twice, in raw_data and in external_data" in refusal(adding(held), tmp_path)


def test_a_tensor_that_is_no_tensor_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "weights.bin").open("wb") as file:
        file.truncate(2**31)

    message = refusal(adding(outside(location="weights.bin")), tmp_path)

    assert "tensor 'w' has 2147483648 bytes of external data, but its shape and datatype take 8" in message
