"""The recipe refuses to build or to pass what would fail on Lambda."""

import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from recipe import bytecode, checking, trimming
from recipe.stripping import strip
from recipe.target import ELF_MACHINES, HERE, ROOT, Target
from tests.stack.built import THIS
from tests.stack.template import TEMPLATE, Resource

TARGET = Target(THIS, HERE)
OTHER = next(name for name in ELF_MACHINES if name != HERE)
BUILT_BY_MAKE = {
    name: resource
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion")
}


def _faults(tree: Path) -> list[str]:
    return list(checking.faults(tree, TARGET, complete=True))


def _module(tree: Path, mode: py_compile.PycInvalidationMode) -> Path:
    module = tree / "module.py"
    module.write_text("answer = 42\n")
    py_compile.compile(str(module), invalidation_mode=mode)
    return module


def _make(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    properties = BUILT_BY_MAKE[name]["Properties"]
    makefile = ROOT / (properties.get("CodeUri") or properties["ContentUri"]) / "Makefile"
    command = ["make", "--dry-run", "--makefile", str(makefile), f"build-{name}", *arguments]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)


def test_a_module_with_its_bytecode_passes(tmp_path: Path) -> None:
    _module(tmp_path, py_compile.PycInvalidationMode.UNCHECKED_HASH)

    assert _faults(tmp_path) == []


def test_bytecode_that_is_checked_by_time_is_a_fault(tmp_path: Path) -> None:
    _module(tmp_path, py_compile.PycInvalidationMode.TIMESTAMP)

    assert _faults(tmp_path) == [
        f"__pycache__/module.{TARGET.tag}.pyc would be checked against its source, and refused"
    ]


def test_bytecode_of_another_python_is_a_fault(tmp_path: Path) -> None:
    _module(tmp_path, py_compile.PycInvalidationMode.UNCHECKED_HASH)
    (tmp_path / "__pycache__" / "module.cpython-39.pyc").write_bytes(bytes(16))

    assert _faults(tmp_path) == [f"__pycache__/module.cpython-39.pyc is not for Python {THIS}"]


def test_a_module_without_bytecode_is_a_fault_where_it_could_have_had_some(tmp_path: Path) -> None:
    (tmp_path / "module.py").touch()

    assert _faults(tmp_path) == ["module.py has no bytecode"]
    assert list(checking.faults(tmp_path, TARGET, complete=False)) == []


def test_tests_and_stubs_are_faults(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "module.pyi").touch()

    assert _faults(tmp_path) == ["module.pyi is nothing that runs", "tests is nothing that runs"]


def test_a_library_of_another_architecture_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "module.abi3.so").write_bytes(b"\x7fELF".ljust(18, b"\0") + ELF_MACHINES[OTHER].to_bytes(2, "little"))

    assert _faults(tmp_path) == [f"module.abi3.so is not for {HERE}"]


def test_a_library_of_another_python_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "module.cpython-39-x86_64-linux-gnu.so").touch()

    assert _faults(tmp_path) == [f"module.cpython-39-x86_64-linux-gnu.so is not for Python {THIS}"]


def _build(folder: Path, size: int) -> Path:
    (folder / "InferFunction").mkdir()
    with (folder / "InferFunction" / "weights").open("wb") as file:
        file.truncate(size)
    (folder / "template.yaml").write_text(
        "Resources: {InferFunction: {Type: AWS::Serverless::Function, Properties: {Layers: []}}}"
    )
    return folder


def test_a_build_over_its_budget_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="InferFunction is over its 105 MB unzipped or 40 MB zipped"):
        checking.check(_build(tmp_path, checking.BUDGETS["InferFunction"][0] + 1), TARGET)


def test_a_build_within_its_budget_tells_its_size(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checking.check(_build(tmp_path, 2 * checking.MB), TARGET)

    assert f"InferFunction, {HERE}: 2.0 MB unzipped, 0.0 MB zipped" in capsys.readouterr().out


def test_a_pattern_that_matches_nothing_any_more_fails_the_build(tmp_path: Path) -> None:
    (tmp_path / "unshipped.txt").write_text("# why\ngone  # a new version moved it\n")

    with pytest.raises(SystemExit, match="nothing matches 'gone' any more"):
        trimming.trim(tmp_path, tmp_path / "unshipped.txt")


def test_no_interpreter_for_the_target_is_said_and_fails_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "module.py").touch()

    bytecode.compile_tree(tmp_path, Target("3.99", HERE), "/opt/python")

    assert "no Python 3.99" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["module.py"]


@pytest.mark.parametrize("name", BUILT_BY_MAKE)
def test_everything_is_built_by_the_recipe(name: str) -> None:
    done = _make(name, f"ARTIFACTS_DIR=/somewhere/.aws-sam/build/{name}")

    assert done.returncode == 0, done.stderr
    assert f"-m recipe --arch x86_64 --into /somewhere/.aws-sam/build/{name} " in done.stdout


def test_the_build_folder_tells_the_architecture() -> None:
    done = _make("InferFunction", "ARTIFACTS_DIR=/somewhere/.aws-sam/arm64/InferFunction")

    assert "--arch arm64" in done.stdout


def test_without_its_environment_the_recipe_says_what_to_run() -> None:
    done = _make("InferFunction", "RECIPE_PYTHON=/nowhere", "ARTIFACTS_DIR=/somewhere")

    assert done.returncode == 2
    assert "run 'make setup' first" in done.stderr


def test_every_layer_of_a_function_is_in_the_template() -> None:
    layers: set[str] = {layer["Ref"] for resource in BUILT_BY_MAKE.values() for layer in _layers(resource)}

    assert layers == {name for name, held in BUILT_BY_MAKE.items() if held["Type"].endswith("LayerVersion")}


def _layers(resource: Resource) -> list[dict[str, str]]:
    held: list[dict[str, str]] = resource["Properties"].get("Layers", [])
    return held


def test_a_stripped_library_is_smaller_and_loads(tmp_path: Path) -> None:
    import csimdjson

    library = tmp_path / Path(csimdjson.__file__).name
    shutil.copy(csimdjson.__file__, library)
    whole = library.stat().st_size

    strip(library)

    assert library.stat().st_size < whole / 2
    code = "import csimdjson; assert csimdjson.Parser().parse(b'[1]').as_list() == [1]; print(csimdjson.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(library)


def test_stripping_leaves_what_is_no_library(tmp_path: Path) -> None:
    script = tmp_path / "script.so"
    script.write_text("INPUT(-lm)")

    strip(script)

    assert script.read_text() == "INPUT(-lm)"
