"""Files in ORT format are the same bytes whatever the runtime's hash tables do, and still what the runtime reads."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from modelet.publish.ort_format import UnknownLayoutError, make_reproducible
from tests.onnx_models import save
from tests.publish.derivations import many

CONVERT = """
import sys
import onnxruntime
options = onnxruntime.SessionOptions()
options.optimized_model_filepath = sys.argv[2]
options.log_severity_level = 4
options.add_session_config_entry("session.save_model_format", "ORT")
onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
"""


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same model as the runtime writes it in several processes."""
    folder = tmp_path_factory.mktemp("converted")
    source = save(many(), folder / "model.onnx")
    targets = [folder / f"{index}.ort" for index in range(4)]
    for target in targets:
        subprocess.run([sys.executable, "-c", CONVERT, source, target], check=True)
    return targets


def test_a_file_is_the_same_whatever_its_process(converted: list[Path], tmp_path: Path) -> None:
    for path in converted:
        make_reproducible(path, tmp_path / path.name)

    assert len({(tmp_path / path.name).read_bytes() for path in converted}) == 1


@pytest.mark.parametrize("mapped", ["0", "1"])
def test_the_runtime_reads_it_and_answers_the_same(converted: list[Path], tmp_path: Path, mapped: str) -> None:
    target = tmp_path / "model.ort"
    rows = np.array([[0.1, -0.9], [1.5, 2.0]], np.float32)

    make_reproducible(converted[0], target)

    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.use_memory_mapped_ort_model", mapped)
    options.add_session_config_entry("session.use_ort_model_bytes_for_initializers", mapped)
    ready = onnxruntime.InferenceSession(target, options, providers=["CPUExecutionProvider"])
    usual = onnxruntime.InferenceSession(many().SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(ready.run(None, {"x": rows})[0], usual.run(None, {"x": rows})[0])


def test_what_is_reproducible_already_keeps_its_bytes(converted: list[Path], tmp_path: Path) -> None:
    make_reproducible(converted[0], tmp_path / "once.ort")
    make_reproducible(tmp_path / "once.ort", tmp_path / "twice.ort")

    assert (tmp_path / "twice.ort").read_bytes() == (tmp_path / "once.ort").read_bytes()


def damaged(data: bytes) -> dict[str, bytes]:
    root = struct.unpack_from("<I", data)[0]
    return {
        "empty": b"",
        "short": data[:30],
        "another format": data[:4] + b"TFL3" + data[8:],
        "leads outside": struct.pack("<I", 2**31) + data[4:],
        "no tables": data[:root] + bytes(64),
    }


@pytest.mark.parametrize("how", ["empty", "short", "another format", "leads outside", "no tables"])
def test_what_is_not_understood_is_left_alone(converted: list[Path], tmp_path: Path, how: str) -> None:
    path = tmp_path / "damaged.ort"
    path.write_bytes(damaged(converted[0].read_bytes())[how])

    with pytest.raises(UnknownLayoutError, match="head of 'damaged"):
        make_reproducible(path, tmp_path / "target.ort")
    assert not (tmp_path / "target.ort").exists()
