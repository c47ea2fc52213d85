"""Hostile candidates harm nobody: not this process, not the machine's memory, not the store."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, helper

from modelet.publish import Limits
from tests.onnx_models import model, save, scale, tensor
from tests.publish.asking import f32, pushed_file, refusal

MIB = 2**20
STORE = "file://{folder}/store"
PROGRAM = """
import sys
from pathlib import Path
from modelet.publish import push
from modelet.store import open_store
push(open_store(sys.argv[1]), Path(sys.argv[2]), "m")
"""


def folding_bomb(elements: int) -> ModelProto:
    """A hundred bytes that the runtime, folding constants, turns into many megabytes."""
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["many"]),
        helper.make_node("ReduceSum", ["many"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    return model(nodes, [tensor("x")], [tensor("y")], {"shape": np.int64(elements).reshape(1)})


def endless_loop() -> ModelProto:
    """A graph that loads at once and runs for ages."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["go_on"]), helper.make_node("Add", ["sum", "sum"], ["next"])],
        "body",
        [tensor("round", (), TensorProto.INT64), tensor("going", (), TensorProto.BOOL), tensor("sum")],
        [tensor("go_on", (), TensorProto.BOOL), tensor("next")],
    )
    node = helper.make_node("Loop", ["rounds", "", "x"], ["y"], body=body)
    return model([node], [tensor("x")], [tensor("y")], {"rounds": np.int64(10**15)})


def endless_load() -> ModelProto:
    """Forty functions, each of which calls the next one twice: inlining them never ends."""
    made = model([helper.make_node("F0", ["x"], ["y"], domain="ours")], [tensor("x")], [tensor("y")], None, ["ours"])
    for index in range(40):
        called = {"op_type": f"F{index + 1}", "domain": "ours"} if index < 39 else {"op_type": "Neg"}
        body = [helper.make_node(inputs=[a], outputs=[b], **called) for a, b in (("i", "k"), ("k", "o"))]
        imports = [helper.make_opsetid("", 21), helper.make_opsetid("ours", 1)]
        made.functions.append(helper.make_function("ours", f"F{index}", ["i"], ["o"], body, imports))
    return made


def nested(depth: int) -> bytes:
    """A graph in a graph in a graph; libraries refuse to build it."""
    graph = b""
    fields = [AttributeProto.G_FIELD_NUMBER, NodeProto.ATTRIBUTE_FIELD_NUMBER, GraphProto.NODE_FIELD_NUMBER]
    for _ in range(depth):
        for field in fields:
            graph = _field(field, graph)
    return b"\x08\x0a" + _field(ModelProto.GRAPH_FIELD_NUMBER, graph)


def _field(number: int, message: bytes) -> bytes:
    size, length = len(message), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + message


def loading_child(process: int) -> int | None:
    """The child of a process that loads a candidate, if there is one now."""
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            for child in (task / "children").read_text().split():
                if b"modelet.publish.child\0load" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
    except (FileNotFoundError, ProcessLookupError):
        return None  # a thread or another child ended while it was looked at
    return None


def wait_for_child(process: int) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if child := loading_child(process):
            return child
        os.sched_yield()
    raise AssertionError("no candidate was loaded")


@contextmanager
def watching(found: list[int], act: signal.Signals | None = None) -> Iterator[None]:
    """Notes the child that loads a candidate meanwhile, and sends it a signal if asked to."""

    def watch() -> None:
        found.append(wait_for_child(os.getpid()))
        if act:
            os.kill(found[0], act)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_what_folding_constants_takes_is_measured(tmp_path: Path) -> None:
    path = save(folding_bomb(75_000_000), tmp_path / "model.onnx")

    one = pushed_file(path)

    assert path.stat().st_size < 300
    assert one.manifest.limits["peak_bytes"] > 300 * MIB


def test_a_folding_bomb_that_passes_the_limit_is_refused(tmp_path: Path) -> None:
    # The runtime gives up folding here, but would not in a function that has more memory.
    message = refusal(folding_bomb(75_000_000), tmp_path, Limits(memory_bytes=256 * MIB))

    assert "it needs more than the 256 MB that examining it may use" in message


def test_a_larger_folding_bomb_than_the_runtime_folds_is_served(tmp_path: Path) -> None:
    path = save(folding_bomb(2_000_000_000), tmp_path / "model.onnx")

    assert pushed_file(path, Limits(memory_bytes=512 * MIB)).manifest.limits["peak_bytes"] < 512 * MIB


def test_weights_that_pass_the_limit_are_refused(tmp_path: Path) -> None:
    made = model([helper.make_node("Add", ["x", "w"], ["y"])], [tensor("x")], [tensor("y")])
    values = np.ones((25_000_000, 2), np.float32)
    made.graph.initializer.append(TensorProto(name="w", data_type=1, dims=values.shape, raw_data=values.tobytes()))

    assert "it needs more than the 256 MB" in refusal(made, tmp_path, Limits(memory_bytes=256 * MIB))


def test_a_graph_that_never_ends_is_served_as_declared(tmp_path: Path) -> None:
    path, found = save(endless_loop(), tmp_path / "model.onnx"), list[int]()
    began = time.monotonic()

    with watching(found):
        one = pushed_file(path, Limits(seconds=3))

    assert time.monotonic() - began < 30
    assert one.outputs == {"y": ("FP32", (-1, 2))}
    assert not Path(f"/proc/{found[0]}").exists()


def test_a_model_that_loads_forever_is_refused_in_time(tmp_path: Path) -> None:
    found: list[int] = []

    with watching(found):
        message = refusal(endless_load(), tmp_path, Limits(seconds=3))

    assert "took longer than 3 seconds" in message
    assert not Path(f"/proc/{found[0]}").exists()


@pytest.mark.parametrize("crash", [signal.SIGSEGV, signal.SIGFPE, signal.SIGABRT])
def test_a_model_that_crashes_the_process_is_refused(crash: signal.Signals, tmp_path: Path) -> None:
    found: list[int] = []

    with watching(found, crash):
        message = refusal(endless_load(), tmp_path)

    assert f"ended the process by {crash.name}" in message
    assert not Path(f"/proc/{found[0]}").exists()


def test_the_child_has_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "MODELET_STORE", "SOME_TOKEN", "HOME"):
        monkeypatch.setenv(name, "canary")
    environments: list[bytes] = []

    def watch() -> None:
        child = wait_for_child(os.getpid())
        environments.append(Path(f"/proc/{child}/environ").read_bytes())

    thread = threading.Thread(target=watch)
    thread.start()
    refusal(endless_load(), tmp_path, Limits(seconds=3))
    thread.join()

    assert b"PYTHONPATH=" in environments[0]
    assert b"canary" not in environments[0]


@pytest.mark.parametrize("depth", [100, 10_000])
def test_graphs_nested_too_deep_are_refused(depth: int, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(nested(depth))

    assert "its protobuf cannot be read" in refusal(tmp_path / "model.onnx", tmp_path)


@pytest.mark.parametrize("sizes", [(2**29,), (2**62, 2**62), (-1,)], ids=repr)
def test_a_tensor_that_claims_more_than_it_has_is_refused(sizes: tuple[int, ...], tmp_path: Path) -> None:
    made = model([helper.make_node("Size", ["w"], ["n"])], [], [tensor("n", (), TensorProto.INT64)])
    made.graph.initializer.append(TensorProto(name="w", data_type=TensorProto.FLOAT, dims=sizes, raw_data=bytes(8)))

    assert "refuses it" in refusal(made, tmp_path)


def test_a_tensor_with_two_sets_of_data_is_refused(tmp_path: Path) -> None:
    made = scale(2)
    made.graph.initializer[0].float_data.append(666)

    assert "tensor 'factor' holds its data twice, in float_data and in raw_data" in refusal(made, tmp_path)


def test_many_outputs_are_served(tmp_path: Path) -> None:
    names = [f"y{index}" for index in range(1000)]
    nodes = [helper.make_node("Identity", ["x"], [name]) for name in names]
    path = save(model(nodes, [tensor("x")], [tensor(name) for name in names]), tmp_path / "model.onnx")

    assert len(pushed_file(path).v2(x=f32([[1, 2]]))) == 1000


def test_names_too_long_for_a_manifest_are_refused(tmp_path: Path) -> None:
    assert "its names, shapes and labels take more than 4 MB" in refusal(scale(2, target="y" * 5 * MIB), tmp_path)


def pushing(folder: Path, made: ModelProto) -> "subprocess.Popen[bytes]":
    """A process that pushes a model, with a folder for temporary files that nobody else uses."""
    (folder / "temporary").mkdir()
    path = save(made, folder / "model.onnx")
    environment = {**os.environ, "TMPDIR": str(folder / "temporary"), "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [sys.executable, "-c", PROGRAM, STORE.format(folder=folder), str(path)]
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("made", [endless_load(), endless_loop()], ids=["loading", "running"])
def test_ctrl_c_ends_the_child_and_changes_nothing(made: ModelProto, tmp_path: Path) -> None:
    process = pushing(tmp_path, made)
    child = wait_for_child(process.pid)

    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert b"KeyboardInterrupt" in errors
    assert not Path(f"/proc/{child}").exists()
    assert list((tmp_path / "temporary").iterdir()) == []
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(("made", "status"), [(scale(2), 0), (folding_bomb(-1), 1)], ids=["served", "refused"])
def test_no_temporary_file_is_left(made: ModelProto, status: int, tmp_path: Path) -> None:
    process = pushing(tmp_path, made)

    process.communicate(timeout=60)

    assert process.returncode == status
    assert list((tmp_path / "temporary").iterdir()) == []
    assert (tmp_path / "store").exists() == (status == 0)
