"""What cannot be served is refused in the user's words, before anything is written."""

from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper

from modelet.errors import RefusedModel
from modelet.publish import push
from modelet.store import open_store
from tests.onnx_models import model, save, scale, tensor
from tests.publish.asking import refusal


def one(operator: str, domain: str = "", imported: bool = True, **attributes: object) -> ModelProto:
    """A model of one node."""
    node = helper.make_node(operator, ["x"], ["y"], domain=domain)
    node.attribute.extend(helper.make_attribute(name, value) for name, value in attributes.items())
    return model([node], [tensor("x")], [tensor("y")], domains=[domain] if domain and imported else [])


def changed(version: int | None = None, ir_version: int | None = None) -> ModelProto:
    made = scale(2)
    made.opset_import[0].version = version or made.opset_import[0].version
    made.ir_version = ir_version or made.ir_version
    return made


def without(field: str) -> ModelProto:
    made = scale(2)
    made.ClearField(field)
    return made


def nodes(*made: NodeProto, constants: dict[str, object] | None = None) -> ModelProto:
    return model(made, [tensor("x")], [tensor("y")], constants)


add = helper.make_node("Add", ["x", "b"], ["y"])
REFUSED: dict[str, tuple[ModelProto, str]] = {
    "unknown domain": (one("Foo", "my.ops"), "operator 'Foo' of domain 'my.ops' is unknown"),
    "Python operator": (one("PyOp", "pyopmulti"), "operator 'PyOp' of domain 'pyopmulti' is unknown"),
    "domain not imported": (one("Foo", "my.ops", imported=False), "domain 'my.ops' without importing it"),
    "unknown operator": (one("Frobnicate"), "there is no operator 'Frobnicate' in opset 21"),
    "unknown operator of a domain": (one("Foo", "ai.onnx.ml"), "no operator 'Foo' in opset 1 of domain 'ai.onnx.ml'"),
    "operator newer than the opset": (changed(version=1), "operator 'Mul'"),
    "IR too new": (changed(ir_version=99), "its IR version 99 is newer than this runtime knows"),
    "opset too new": (changed(version=99), "opset 99 of domain ai.onnx is newer than this runtime knows"),
    "no opset": (without("opset_import"), "it imports no opset"),
    "no IR version": (without("ir_version"), "Missing model IR version"),
    "no graph": (without("graph"), "it holds no graph"),
    "no outputs": (model([], [tensor("x")], []), "it has no output"),
    "unknown output": (nodes(helper.make_node("Neg", ["x"], ["z"])), "Graph output (y) does not exist"),
    "missing input": (nodes(add), "Node input 'b' is not a graph input"),
    "cycle": (nodes(add, helper.make_node("Neg", ["y"], ["b"])), "the graph is not acyclic"),
    "name twice": (nodes(add, add, constants={"b": np.float32(1)}), "Duplicate definition of name (y)"),
    "types at odds": (nodes(add, constants={"b": np.int64(1)}), "bound to different types"),
    "shapes at odds": (nodes(add, constants={"b": np.zeros(3, np.float32)}), "Incompatible dimensions"),
    "missing attribute": (one("Cast"), "operator 'Cast' (node ''): Required attribute 'to' is missing"),
    "unknown attribute": (one("Neg", zzz=1), "Unrecognized attribute: zzz"),
    "division by zero": (
        nodes(
            helper.make_node("Div", ["a", "a"], ["q"]),
            helper.make_node("Cast", ["q"], ["b"], to=1),
            add,
            constants={"a": np.int64(0)},
        ),
        "Integer division by zero",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_model_that_the_runtime_cannot_load_is_refused_with_the_reason(case: str, tmp_path: Path) -> None:
    made, words = REFUSED[case]

    message = refusal(made, tmp_path)

    assert message.startswith("Model file 'model.onnx' cannot be served: ")
    assert words in message


WHOLE = scale(2).SerializeToString()
FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is empty"),
    "text": (b"hello, I am a model\n" * 10, "it is not an ONNX file"),
    "truncated": (WHOLE[:-7], "it is not an ONNX file, or is cut short"),
    "no message": (b"\x08\x0a", "it holds no graph"),
    "zip of PyTorch": (b"PK\x03\x04archive/data.pkl", "zip archive, as PyTorch writes"),
    "pickle": (b"\x80\x04\x95\x10", "it is a Python pickle"),
    "gzip": (b"\x1f\x8b\x08\x00" + WHOLE, "compressed with gzip: unpack it"),
    "safetensors": ((80).to_bytes(8, "little") + b'{"w":{"dtype":"F32"', "safetensors file"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "HDF5"),
    "GGUF": (b"GGUF\x03\0\0\0", "GGUF"),
    "LFS pointer": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "ORT format": (b"\x20\0\0\0ORTM\0\0\0\0", "push the .onnx file"),
    "TensorFlow Lite": (b"\x20\0\0\0TFL3\0\0\0\0", "TensorFlow Lite"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_not_onnx_is_recognised(case: str, tmp_path: Path) -> None:
    data, words = FILES[case]
    (tmp_path / "model.onnx").write_bytes(data)

    assert words in refusal(tmp_path / "model.onnx", tmp_path)


def test_a_file_over_two_gigabytes_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "model.onnx").open("wb") as file:
        file.truncate(2**31)

    assert "larger than 2 GB, which no ONNX file can be" in refusal(tmp_path / "model.onnx", tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "it cannot be read: " in refusal(Path("/proc/self/mem"), tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing.onnx", "There is no model file"),
        ("-", "Standard input is not read"),
        ("none", "'none' is a folder."),
        ("single", "'single' is a folder: push 'a.onnx' in it."),
        ("several", "'several' is a folder: push one of 'a.onnx', 'b.onnx' in it."),
    ],
)
def test_a_path_that_is_no_file_is_refused(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, files in {"none": (), "single": ("a.onnx",), "several": ("a.onnx", "b.onnx")}.items():
        Path(folder).mkdir()
        for file in files:
            save(scale(2), Path(folder) / file)

    with pytest.raises(RefusedModel) as refused:
        push(open_store(f"file://{tmp_path}/refusing"), Path(name), "m")

    assert words in refused.value.message
    assert not (tmp_path / "refusing").exists()


@pytest.mark.parametrize("element", [TensorProto.UINT8, TensorProto.STRING])
def test_a_datatype_that_an_operator_does_not_take_is_named(element: int, tmp_path: Path) -> None:
    node = helper.make_node("MatMul", ["x", "x"], ["y"])
    made = model([node], [tensor("x", (2, 2), element)], [tensor("y", (2, 2), element)])

    message = refusal(made, tmp_path)

    assert f"Type 'tensor({TensorProto.DataType.Name(element).lower()})' of input parameter (x)" in message
