"""The functions of the cold benchmark, built by the recipe that builds the stack: trimmed, and byte-compiled."""

import shutil
from dataclasses import replace
from pathlib import Path

from recipe import bytecode, trimming, wheels
from recipe.target import HERE, ROOT, Target
from tests.stack.built import THIS, Built, build

BASELINES = Path(__file__).parent / "baselines"
LOCK = ROOT / "requirements" / "bench-lambda.txt"


def data_plane(into: Path) -> Built:
    """`functions/infer` with its layers, for the Python that runs the benchmark."""
    return build(Target(THIS, HERE), "infer", ("core", "onnx"), into / "modelet")


def mangum(beside: Built, into: Path) -> Built:
    """The FastAPI handler, with the very layer that holds ONNX Runtime for Modelet and a layer of its own."""
    built = _function("mangum_handler.py", beside, into / "mangum")
    layer = into / "mangum" / "layer"
    wheels.install(LOCK, built.target, layer / "python")
    trimming.trim(layer / "python", layer / "unshipped.txt")
    bytecode.compile_tree(layer / "python", built.target, "/opt/python")
    return replace(built, layers=(*built.layers, layer))


def floor(beside: Built, model: Path, into: Path) -> Built:
    """The handler that opens a local model, with the same layer."""
    built = _function("floor.py", beside, into / "floor")
    shutil.copy(model, built.function / "model.onnx")
    return built


def _function(source: str, beside: Built, into: Path) -> Built:
    task = into / "task"
    task.mkdir(parents=True)
    shutil.copy(BASELINES / source, task / "handler.py")
    bytecode.compile_tree(task, beside.target, "/var/task")
    return replace(beside, function=task, layers=(beside.layers[-1],))
