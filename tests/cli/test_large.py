"""Models too large for one file, as a user meets them: two files come home, and every size counts both."""

from pathlib import Path

import pytest

from modelet.manifest import Manifest
from modelet.publish import push
from modelet.store import open_store
from tests.cli.conftest import Run
from tests.large import LIMITS, layered
from tests.onnx_models import save


@pytest.fixture
def large(modelet: Run, tmp_path: Path) -> Manifest:
    store = open_store(f"file://{Path.cwd()}/.modelet/store")
    return push(store, save(layered(), tmp_path / "large.onnx"), "large", limits=LIMITS)


def test_pull_writes_both_files_and_neither_over_another(modelet: Run, large: Manifest) -> None:
    done = modelet("pull", "large", "-o", "mine.onnx", "--json").json

    assert large.weights is not None
    assert done["weights"] == {"path": "model.onnx.data", **large.weights.dump()}
    assert Path("model.onnx.data").stat().st_size == large.weights.size
    assert Path("mine.onnx").stat().st_size == done["size"] == large.artifact.size
    again = modelet("pull", "large", "-o", "other.onnx")
    assert (again.status, "'model.onnx.data' exists" in again.err) == (4, True)
    assert not Path("other.onnx").exists()
    told = modelet("pull", "large", "-o", "other.onnx", "--force")
    assert told.out == f"other.onnx and model.onnx.data: large version 1, {large.size:,} bytes, verified\n"


def test_the_graph_cannot_take_the_name_of_its_weights(modelet: Run, large: Manifest) -> None:
    done = modelet("pull", "large", "-o", "model.onnx.data")

    assert done.status == 2
    assert "choose another --output" in done.err
    assert not Path("model.onnx.data").exists()


def test_describe_says_how_large_all_of_it_is(modelet: Run, large: Manifest) -> None:
    lines = modelet("models", "describe", "large").out.splitlines()

    assert large.weights is not None
    assert f"weights      sha256:{large.weights.sha256}, {large.weights.size:,} bytes" in lines
    assert f"size         {large.size:,} bytes" in lines
