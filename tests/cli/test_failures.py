"""What goes wrong is one sentence on standard error and an exit status; never a traceback, never half a result."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.cli.conftest import Run


@pytest.fixture
def churn(modelet: Run, doubling: Path) -> Run:
    """The command, in a folder whose store has the model `churn`."""
    modelet("push", doubling, "-n", "churn")
    return modelet


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["predict", "nobody", "{}"], 3, "no model 'nobody'"),
        (["predict", "churn@9", '{"x": [1, 1]}'], 3, "no version 9"),
        (["predict", "churn@beta", '{"x": [1, 1]}'], 3, "no alias 'beta'"),
        (["predict", "../churn", "{}"], 2, "is not a model name"),
        (["predict", "a" * 65, "{}"], 2, "is not a model name"),
        (["predict", "churn@-1", "{}"], 2, "neither a version number nor an alias"),
        (["predict", "churn", ""], 2, "is empty"),
        (["predict", "churn", "{"], 2, "not valid JSON"),
        (["predict", "churn", "[1]"], 2, "must be a JSON object"),
        (["predict", "churn", '{"x": [NaN, 1]}'], 2, "NaN"),
        (["predict", "churn", '{"x": [Infinity, 1]}'], 2, "Infinity"),
        (["predict", "churn", '{"x": ' + "[" * 101 + "]" * 101 + "}"], 2, "more than 100 deep"),
        (["predict", "churn", '{"y": [1, 1]}'], 2, "no input 'y'"),
        (["predict", "churn", "{}"], 2, "'x' is missing"),
        (["predict", "churn", '{"x": ["a", "b"]}'], 2, "FP32"),
        (["predict", "churn", '{"x": [[1, 2], [3]]}'], 2, "ragged"),
        (["predict", "churn", '{"x": [[1, 2, 3]]}'], 2, "must have 2 elements in dimension 1"),
        (["predict", "churn", '{"x": [1e39, 1]}'], 2, "1e+39"),
        (["predict", "churn", "@missing.json"], 3, "missing.json"),
        (["push", "missing.onnx", "-n", "churn"], 5, "missing.onnx"),
        (["push", "missing.onnx", "-n", "Churn"], 2, "is not a model name"),
        (["push", "missing.onnx"], 2, "--name"),
        (["promote", "churn", "7"], 3, "no version 7"),
        (["promote", "churn", "live"], 2, "not a version number"),
        (["promote", "nobody", "1"], 3, "no model 'nobody'"),
        (["promote", "churn", "1", "--alias", "A B"], 2, "is not an alias"),
        (["rollback", "churn"], 4, "no earlier state"),
        (["rollback", "churn", "--alias", "beta"], 3, "no alias 'beta'"),
        (["models", "describe", "nobody"], 3, "no model 'nobody'"),
        (["models", "delete", "churn"], 2, "churn@3"),
        (["pull", "nobody"], 3, "no model 'nobody'"),
        (["copy", "churn", "--to", "ftp://x"], 2, "is not a store"),
        (["models", "list", "--store", "ftp://x"], 2, "is not a store"),
        (["up", "--store", "memory://"], 2, "name another --store"),
        (["train", "missing.yaml"], 2, "missing.yaml"),
        (["no-such-verb"], 2, "no-such-verb"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_a_mistake_is_a_sentence_and_a_status(churn: Run, arguments: list[str], status: int, words: str) -> None:
    done = churn(*arguments)

    assert (done.status, done.out) == (status, "")
    assert words in " ".join(done.err.replace("│", " ").split())
    assert "Traceback" not in done.err


def test_with_json_an_error_is_an_object_with_a_code(modelet: Run) -> None:
    done = modelet("models", "describe", "nobody", "--json")

    assert done.out == ""
    assert orjson.loads(done.err)["code"] == "model_not_found"


def test_a_refused_model_writes_nothing(modelet: Run, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("not a model")

    done = modelet("push", tmp_path / "text.onnx", "-n", "churn")

    assert done.status == 5
    assert "not an ONNX file" in done.err
    assert not Path(".modelet").exists()


def test_a_setting_that_is_wrong_is_named(modelet: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELET_CACHE_MB", "much")

    done = modelet("models", "list")

    assert done.status == 2
    assert "MODELET_CACHE_MB" in done.err


def test_a_reader_that_leaves_early_is_no_failure(churn: Run) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "modelet.cli", "models", "list"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)

    assert done.stderr == b""
