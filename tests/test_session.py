"""Sessions: what the runtime refuses comes out as our errors, and a session outlives every bad run."""

import threading
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from modelet.errors import CorruptObject, ModelRunFailed, OutOfMemory
from modelet.manifest import Artifact, Manifest
from modelet.session import Session
from tests.onnx_models import model, scale, tensor
from tests.published import declared_signature, echo, filled

DESCRIPTORS = Path("/proc/self/fd")


def session(made: ModelProto) -> Session:
    data = made.SerializeToString()
    manifest = Manifest("m", Artifact(sha256(data).hexdigest(), len(data)), declared_signature(made), version=3)
    return Session(manifest, data, threads=1)


def picking() -> ModelProto:
    """`y` = the rows of a constant that `x` lists: an index that is out of its bounds breaks the run."""
    node = helper.make_node("Gather", ["table", "x"], ["y"])
    table = {"table": np.arange(3, dtype=np.float32)}
    return model([node], [tensor("x", ("N",), TensorProto.INT64)], [tensor("y", ("N",))], table)


def test_outputs_come_in_the_order_that_was_asked() -> None:
    made = session(scale(2.0))

    answer = made.run({"x": np.ones((1, 2), np.float32)}, ["y_pred"])

    assert {name: array.tolist() for name, array in answer.items()} == {"y_pred": [[2.0, 2.0]]}


def test_a_run_that_the_model_refuses_says_why_and_the_session_keeps_working() -> None:
    picked = session(picking())

    for _ in range(3):
        with pytest.raises(ModelRunFailed, match=r"Model 'm' version 3 could not be run on this input: .*Gather"):
            picked.run({"x": np.array([7])}, ["y"])

        assert picked.run({"x": np.array([2, 0])}, ["y"])["y"].tolist() == [2.0, 0.0]


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"z": np.ones((1, 2), np.float32)},
        {"x": np.ones((1, 2), np.float64)},
        {"x": np.ones((1, 3), np.float32)},
        {"x": np.ones(2, np.float32)},
    ],
)
def test_inputs_that_nobody_checked_are_refused_by_the_runtime(inputs: dict[str, np.ndarray]) -> None:
    made = session(scale(2.0))

    with pytest.raises(ModelRunFailed, match="Model 'm' version 3"):
        made.run(inputs, ["y_pred"])

    assert made.run({"x": np.ones((1, 2), np.float32)}, ["y_pred"])["y_pred"].tolist() == [[2.0, 2.0]]


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ModelRunFailed, match="surrogates not allowed"):
        session(echo("BYTES")).run({"x": np.array(["\ud800"], dtype=object)}, ["y"])


def test_an_answer_that_does_not_fit_memory_is_out_of_memory_and_the_session_keeps_working() -> None:
    filling = session(filled())

    with pytest.raises(OutOfMemory, match="Model 'm' version 3 needs more memory for this input"):
        filling.run({"s": np.array([2**45])}, ["y"])

    assert filling.run({"s": np.array([2])}, ["y"])["y"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("artifact", [b"", b"not a model", scale(1.0).SerializeToString()[:-20]])
def test_what_is_no_model_is_never_a_session(artifact: bytes) -> None:
    signature = declared_signature(scale(1.0))

    with pytest.raises(CorruptObject, match=r"Model 'm' version 3 cannot be loaded: \S"):
        Session(Manifest("m", Artifact("0" * 64, 1), signature, version=3), artifact, threads=1)


def test_the_artifact_leaves_no_descriptor_and_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    session(scale(2.0))
    before = len(list(DESCRIPTORS.iterdir()))

    kept = [session(scale(2.0)) for _ in range(3)]
    for _ in range(3):
        with pytest.raises(CorruptObject):
            Session(kept[0].manifest, b"not a model", threads=1)

    assert len(list(DESCRIPTORS.iterdir())) == before
    assert list(tmp_path.iterdir()) == []


def test_the_runtime_writes_no_input_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelRunFailed, match="987654321"):
        session(picking()).run({"x": np.array([987654321])}, ["y"])

    assert capfd.readouterr() == ("", "")


def test_threads_share_a_session() -> None:
    made, wrong = session(scale(2.0)), []

    def ask(number: int) -> None:
        for _ in range(50):
            answer = made.run({"x": np.full((1, 2), number, np.float32)}, ["y_pred"])["y_pred"].tolist()
            if answer != [[2.0 * number] * 2]:
                wrong.append(answer)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
