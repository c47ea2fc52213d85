"""What is in the artifacts: bytecode that Lambda accepts, and nothing that does not run."""

import pytest

from recipe import checking
from tests.stack.built import Built

COUNT_COMPILED = """
import sys

compiled = []
sys.addaudithook(lambda name, held: name == "compile" and str(held[1]).endswith(".py") and compiled.append(held[1]))
import functions.infer.handler
import numpy, onnxruntime
print(compiled)
"""


def test_every_file_is_one_that_runs_on_the_target(infer: Built) -> None:
    faults = [fault for tree in infer.trees for fault in checking.faults(tree, infer.target, complete=True)]

    assert faults == []


def test_a_cold_start_compiles_nothing(infer: Built) -> None:
    assert infer.run(COUNT_COMPILED) == "[]"


def test_bytecode_names_its_place_on_lambda_and_not_on_this_machine(infer: Built) -> None:
    places = [(infer.function, b"/var/task/functions/infer/handler.py")]
    places += [
        (infer.layers[0], b"/opt/python/modelet/events/answering.py"),
        (infer.layers[1], b"/opt/python/numpy/__init__.py"),
    ]

    for tree, place in places:
        compiled = [path.read_bytes() for path in tree.rglob("*.pyc")]
        assert any(place in held for held in compiled), place
        assert not any(bytes(tree) in held for held in compiled), tree


def test_the_function_is_one_package_with_one_function(infer: Built) -> None:
    held = {path.relative_to(infer.function).as_posix() for path in infer.function.rglob("*.py")}

    assert {"functions/__init__.py", "functions/infer/handler.py"} <= held
    assert {name for name in held if not name.startswith("functions/infer/")} == {"functions/__init__.py"}
    assert not (infer.function / "functions" / "infer" / "Makefile").exists()


def test_what_only_developers_need_stays_behind(infer: Built) -> None:
    names = {path.relative_to(layer / "python").as_posix() for layer in infer.layers for path in layer.rglob("*")}

    assert {
        "modelet/cli",
        "modelet/local",
        "modelet/train",
        "numpy/f2py",
        "numpy/testing",
        "onnxruntime/transformers",
    } & names == set()
    assert [name for name in names if "/tests/" in name or name.endswith(".pyi") or "libonnxruntime.so" in name] == []
    assert "onnxruntime/capi/libonnxruntime_providers_shared.so" in names


def test_a_cold_start_moves_no_more_than_its_budget(infer: Built) -> None:
    unzipped, _ = checking.BUDGETS["InferFunction"]  # `make build` holds it to the other one as well

    sizes = [path.stat().st_size for tree in infer.trees for path in tree.rglob("*") if path.is_file()]

    assert sum(sizes) <= unzipped


@pytest.mark.parametrize("layer", [0, 1], ids=["core", "onnx"])
def test_versions_can_be_asked_for(infer: Built, layer: int) -> None:
    metadata = sorted(path.parent.name for path in infer.layers[layer].glob("python/*.dist-info/METADATA"))

    name, _, version = metadata[0].removesuffix(".dist-info").partition("-")

    assert infer.run(f"from importlib.metadata import version; print(version({name!r}))") == version
