"""What a cold start of the data plane does not move: packages that serve nobody, symbols that nothing loads, and more
than its budget, for either architecture.
"""

import os
import shutil
import struct
import subprocess
from pathlib import Path

import csimdjson
import pytest

from recipe import checking, trimming
from recipe.target import HERE, ROOT, Target
from tests.stack.built import THIS, Built

# Below python/ of each layer; what `imports.txt` lists needs none of it.
LEFT_OUT = {
    "core": ["modelet/cli", "modelet/client", "modelet/local", "modelet/train", "obstore/fsspec.py"],
    "onnx": [
        *(f"numpy/{name}" for name in ("f2py", "fft", "ma", "polynomial", "random", "testing", "_core/include")),
        *(f"onnxruntime/{name}" for name in ("backend", "datasets", "quantization", "tools", "transformers")),
        *("google", "flatbuffers", "packaging", "bin"),
    ],
}


@pytest.mark.parametrize("layer", LEFT_OUT)
def test_what_serves_nobody_is_left_out(infer: Built, layer: str) -> None:
    (folder,) = [tree / "python" for tree in infer.layers if tree.name == layer]

    assert [name for name in LEFT_OUT[layer] if (folder / name).exists()] == []


def test_a_library_ends_where_the_loader_stops_reading(infer: Built) -> None:
    libraries = [path for tree in infer.trees for path in tree.rglob("*.so*")]

    assert len(libraries) > 5
    assert {path.name: path.stat().st_size - loaded_bytes(path) for path in libraries} == {
        path.name: 0 for path in libraries
    }


def test_trimming_cuts_libraries(tmp_path: Path) -> None:
    library = tmp_path / Path(csimdjson.__file__).name
    shutil.copy(csimdjson.__file__, library)
    assert library.stat().st_size > loaded_bytes(library)

    trimming.trim(tmp_path, tmp_path / "unshipped.txt")

    assert library.stat().st_size == loaded_bytes(library)


def loaded_bytes(library: Path) -> int:
    """How much of a library its own header says is loaded; its program headers follow the file's."""
    data = library.read_bytes()
    (table,), (entry, count) = struct.unpack_from("<Q", data, 0x20), struct.unpack_from("<HH", data, 0x36)
    ends: list[int] = [table + entry * count]
    for number in range(count):
        offset, _, _, size = struct.unpack_from("<QQQQ", data, table + number * entry + 8)
        ends.append(offset + size)
    return max(ends)


def test_a_cold_start_moves_no_more_than_its_budget_zipped(infer: Built) -> None:
    assert sum(map(checking.zipped_bytes, infer.trees)) <= 40_000_000


def test_a_build_that_is_over_its_budget_only_when_it_is_zipped_is_refused(tmp_path: Path) -> None:
    (tmp_path / "InferFunction").mkdir()
    (tmp_path / "InferFunction" / "weights").write_bytes(os.urandom(40_000_001))
    (tmp_path / "template.yaml").write_text(
        "Resources: {InferFunction: {Type: AWS::Serverless::Function, Properties: {Layers: []}}}"
    )

    with pytest.raises(SystemExit, match="InferFunction is over its 105 MB unzipped or 40 MB zipped"):
        checking.check(tmp_path, Target(THIS, HERE))


@pytest.mark.parametrize(("architecture", "folder"), [("x86_64", "build"), ("arm64", "arm64")])
def test_every_build_is_held_to_its_budget(architecture: str, folder: str) -> None:
    command = ["make", "--no-print-directory", "--dry-run", "build", f"ARCH={architecture}"]  # make itself may run this

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    last = done.stdout.splitlines()[-1]
    assert last.endswith(f"-m recipe check --arch {architecture} --into .aws-sam/{folder}")
