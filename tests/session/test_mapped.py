"""Mapped weights: used where they lie, as long as the session lives, and never of a file that is not as it must be."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from modelet.errors import CorruptObject
from modelet.manifest import Artifact, Variant
from modelet.manifest.document import WEIGHTS_FILE
from modelet.publish.beside import lay_beside
from modelet.session.mapped import Mapped, footer, read_beside, read_variant
from modelet.session.opening import open_runtime
from tests.large import WIDTH, layered
from tests.onnx_models import model, tensor
from tests.published import declared_signature

SIGNATURE = declared_signature(layered())
ENTRIES = (
    "session.load_model_format",
    "session.use_external_initializer_file_buffers_directly",
    "session.disable_prepacking",
    "session.intra_op.allow_spinning",
)


def variant(prepacking: bool) -> Variant:
    return Variant("1.0", "any", "latency", "0" * 64, Artifact("0" * 64, 1), prepacking)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Both forms of a model, the variant without being optimised."""
    made: ModelProto = layered()
    with (tmp_path / WEIGHTS_FILE).open("wb") as file:
        lay_beside(made, [], file)
    graph = made.SerializeToString()
    (tmp_path / "model.onnx").write_bytes(graph)
    (tmp_path / "variant").write_bytes((tmp_path / WEIGHTS_FILE).read_bytes() + graph + footer(graph))
    return tmp_path


def source_of(folder: Path, held: Variant | None) -> Mapped:
    if held:
        return read_variant(str(folder / "variant"))
    return read_beside(str(folder / "model.onnx"), str(folder / WEIGHTS_FILE))


@pytest.mark.parametrize(
    ("held", "unpacked"),
    [(None, "1"), (variant(False), "1"), (variant(True), None)],
    ids=["canonical", "plain", "packed"],
)
def test_what_the_runtime_is_told(folder: Path, held: Variant | None, unpacked: str | None) -> None:
    session = open_runtime(source_of(folder, held), SIGNATURE, 1, held)

    options = session.get_session_options()
    assert [entry(options, name) for name in ENTRIES] == [None, "1", unpacked, "0"]
    assert (options.graph_optimization_level.name == "ORT_DISABLE_ALL") is (held is not None)


def entry(options: Any, name: str) -> str | None:
    try:
        return str(options.get_session_config_entry(name))
    except RuntimeError:
        return None


ALONE = """
import gc, sys
from pathlib import Path
import numpy as np
from modelet.session.opening import open_runtime
from tests.session.test_mapped import SIGNATURE, WIDTH, source_of, variant

folder, prepacking = Path(sys.argv[1]), {"plain": False, "packed": True}.get(sys.argv[2])
held = None if prepacking is None else variant(prepacking)
session = open_runtime(source_of(folder, held), SIGNATURE, 1, held)
for path in folder.iterdir():
    path.unlink()
gc.collect()
(answer,) = session.run(None, {"x": np.ones((1, WIDTH), np.float32)})
print((answer == 3).all())
"""


@pytest.mark.parametrize("held", ["canonical", "plain", "packed"])
def test_it_answers_when_its_files_are_gone_and_nobody_else_holds_its_weights(folder: Path, held: str) -> None:
    """In a process of its own, which otherwise would crash."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(folder), held],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_the_weights_are_those_of_the_map(folder: Path) -> None:
    """A page of the file that is written to after the session was made is read by its next run."""
    session = open_runtime(source_of(folder, variant(False)), SIGNATURE, 1, variant(False))
    x = np.ones((1, WIDTH), np.float32)
    before = session.run(None, {"x": x})[0]

    with (folder / "variant").open("r+b") as file:
        file.write(bytes(WIDTH * WIDTH * 4))

    assert (before == 3).all()
    assert (session.run(None, {"x": x})[0] == 1).all()


@pytest.mark.parametrize("damage", [b"", b"short", bytes(100), b"x" * 8 + (99).to_bytes(8, "little") + b"MODELET1"])
def test_a_file_without_its_footer_is_no_variant(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "variant"
    path.write_bytes(damage)

    with pytest.raises(CorruptObject, match=r"footer|empty"):
        read_variant(str(path))


def test_a_graph_that_points_beyond_its_weights_is_refused(folder: Path) -> None:
    made = ModelProto.FromString((folder / "model.onnx").read_bytes())
    for held in made.graph.initializer:
        for entry in held.external_data:
            entry.value = str(2**30) if entry.key == "offset" else entry.value
    (folder / "model.onnx").write_bytes(made.SerializeToString())

    with pytest.raises(Exception, match="out of bounds"):
        open_runtime(source_of(folder, None), SIGNATURE, 1)


def test_weights_of_more_than_two_gigabytes_are_used_where_they_lie(tmp_path: Path) -> None:
    """A table of 2.2 GB, of which the file system keeps only the rows that are not zeros, and a tensor behind it."""
    rows, last = 550_000, np.arange(1024, dtype=np.float32)
    table = tensor_at("table", (rows, 1024), 0)
    size = rows * 4096
    nodes = [helper.make_node("Gather", ["table", "x"], ["row"]), helper.make_node("Add", ["row", "more"], ["y"])]
    made = model(nodes, [tensor("x", ("N",), TensorProto.INT64)], [tensor("y", ("N", 1024))])
    made.graph.initializer.extend([table, tensor_at("more", (1024,), size)])
    graph = made.SerializeToString()
    with (tmp_path / "variant").open("wb") as file:
        file.seek(size - 4096)
        file.write(last.tobytes() * 2 + graph + footer(graph))

    source = read_variant(str(tmp_path / "variant"))
    session = open_runtime(source, declared_signature(made), 1, variant(False))

    assert source.size > 2**31
    answer = session.run(None, {"x": np.array([0, rows - 1])})[0]
    assert np.array_equal(answer, [last, 2 * last])
    assert (tmp_path / "variant").stat().st_blocks * 512 < 2**20


def tensor_at(name: str, shape: tuple[int, ...], offset: int) -> TensorProto:
    """A tensor of floats that lies among the weights."""
    held = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
    for key, value in (("location", WEIGHTS_FILE), ("offset", offset), ("length", 4 * int(np.prod(shape)))):
        held.external_data.add(key=key, value=str(value))
    return held
