"""Holds what no linter can: sizes of files and functions, names of modules, and that template, changelog and
locks agree with the code.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import modelet

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "layers" / "core" / "python" / "modelet"
FUNCTIONS = sorted({path.parent.name for path in (ROOT / "functions").glob("*/*.py")})
IN_THE_STACK = [name for name in FUNCTIONS if name != "train"]  # training runs in a container
SHIPPED = sorted([*LIBRARY.rglob("*.py"), *(ROOT / "functions").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))

BANNED_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}
ALLOWED = {LIBRARY / "store" / "base.py"}

DEVELOPMENT_LOCK = ROOT / "requirements" / "dev.txt"
# Tools and peers with an environment of their own, which ships nothing.
TOOL_LOCKS = {
    ROOT / "requirements" / f"{name}.txt"
    for name in ("clients", "sam", "torch", "bench-mlserver", "bench-litserve", "bench-bentoml", "bench-kserve")
}
LOCKS = sorted([*(ROOT / "requirements").glob("*.txt"), *(ROOT / "layers").glob("*/requirements.txt")])
SHIPPED_LOCKS = [lock for lock in LOCKS if lock != DEVELOPMENT_LOCK and lock not in TOOL_LOCKS]

# Written so that these lines do not match themselves.
MACHINE = re.compile(r"/(?:home|Users)/[A-Za-z]|/(?:root)/[A-Za-z.]|(?:pypi|pythonhosted|npmjs)\.(?:org|com)")


class _Template(yaml.SafeLoader):
    """YAML with CloudFormation's tags, whose values are of no interest here."""


_Template.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions_longer_than(limit: int, path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > limit:
                yield f"{_name(path)}: {node.name} has {length} lines"


def _handlers() -> dict[str, str]:
    """Function folder → handler, of every function of the stack."""
    template: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), Loader=_Template)
    functions = [r for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    handlers = [function["Properties"]["Handler"] for function in functions if "Handler" in function["Properties"]]
    return {handler.split(".")[1]: handler for handler in handlers}


def _pins(lock: Path) -> list[tuple[str, str]]:
    return re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(("limit", "paths"), [(300, SHIPPED), (400, TESTS)], ids=["shipped", "tests"])
def test_files_are_small(limit: int, paths: list[Path]) -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}

    assert {name: length for name, length in lengths.items() if length > limit} == {}


def test_functions_are_short() -> None:
    assert [line for path in SHIPPED for line in _functions_longer_than(40, path)] == []


def test_modules_are_named_for_the_domain() -> None:
    names = [path for path in {*SHIPPED, *TESTS} - ALLOWED if {path.stem, path.parent.name} & BANNED_NAMES]

    assert sorted(map(_name, names)) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_handler(function: str) -> None:
    assert (ROOT / "functions" / function / "handler.py").is_file()


def test_every_function_has_a_resource_and_every_resource_a_function() -> None:
    assert set(IN_THE_STACK) <= set(_handlers()) <= set(FUNCTIONS)


@pytest.mark.parametrize("function", IN_THE_STACK)
def test_the_handler_of_the_template_imports(function: str) -> None:
    module, _, attribute = _handlers()[function].rpartition(".")
    code = f"import {module} as module; assert callable(module.{attribute})"
    env = {**os.environ, "MODELET_STORE": "memory://"}

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_changelog_ends_at_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)

    assert versions[0] == modelet.__version__


def test_no_file_names_a_home_directory_or_a_registry() -> None:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "ignore") for name in names if (ROOT / name).is_file()}

    assert {name: found[0] for name, text in texts.items() if (found := MACHINE.search(text))} == {}


@pytest.mark.parametrize("lock", LOCKS, ids=_name)
def test_a_lock_holds_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    requirements = re.split(r"\n(?=\S)", text.strip())

    assert [requirement for requirement in requirements if "--hash=sha256:" not in requirement] == []
    assert [
        mark for mark in ("http:", "https:", "://", "file:", " @ ", "index-url", "find-links") if mark in text
    ] == []


@pytest.mark.parametrize("lock", LOCKS, ids=_name)
def test_a_lock_holds_one_version_of_a_package(lock: Path) -> None:
    names = [name for name, _ in _pins(lock)]

    assert names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("lock", SHIPPED_LOCKS, ids=_name)
def test_a_shipped_package_has_the_version_of_development(lock: Path) -> None:
    assert set(_pins(lock)) <= set(_pins(DEVELOPMENT_LOCK))
