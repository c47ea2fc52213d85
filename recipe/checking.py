"""What a build must hold to before anybody deploys it: a wrong artifact fails here and not at a cold start."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import yaml

from recipe import bytecode
from recipe.target import ELF_MACHINES, Target
from recipe.trimming import is_surplus

MB = 1_000_000
LAMBDA_BYTES = 250 * MB  # unzipped: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
BUDGETS = {"InferFunction": (105 * MB, 40 * MB)}  # unzipped, zipped: what a cold start of the data plane moves


def check(build: Path, target: Target) -> None:
    """Print the size of every function with its layers; exit with what is wrong with the build, if anything is."""
    functions = functions_of(build / "template.yaml")
    names = sorted({name for function, layers in functions.items() for name in (function, *layers)})
    complete = bytecode.find(target.python) is not None
    wrong = [f"{name}/{fault}" for name in names for fault in faults(build / name, target, complete=complete)]
    unzipped = {name: sum(path.stat().st_size for path in _files(build / name)) for name in names}
    zipped = {name: zipped_bytes(build / name) for name in names}
    for function, layers in functions.items():
        sizes = [sum(size[name] for name in (function, *layers)) for size in (unzipped, zipped)]
        budget = BUDGETS.get(function, (LAMBDA_BYTES, LAMBDA_BYTES))
        print(f"{function}, {target.architecture}: {sizes[0] / MB:.1f} MB unzipped, {sizes[1] / MB:.1f} MB zipped")  # noqa: T201
        if sizes[0] > budget[0] or sizes[1] > budget[1]:
            wrong.append(f"{function} is over its {budget[0] // MB} MB unzipped or {budget[1] // MB} MB zipped")
    if wrong:
        raise SystemExit("\n".join(["recipe: the build is wrong:", *wrong[:20]]))


def functions_of(template: Path) -> dict[str, list[str]]:
    """Every function of a built template, with its layers, by their logical names."""
    resources: dict[str, Any] = yaml.safe_load(template.read_text(encoding="utf-8"))["Resources"]
    return {
        name: [layer["Ref"] for layer in resource["Properties"].get("Layers", [])]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def faults(tree: Path, target: Target, *, complete: bool) -> Iterator[str]:
    """What is wrong with an artifact's files; `complete`: every module must have its bytecode."""
    for path in sorted(tree.rglob("*")):
        found = "is nothing that runs" if is_surplus(path) else _fault(path, target, complete=complete)
        if found:
            yield f"{path.relative_to(tree)} {found}"


def zipped_bytes(tree: Path) -> int:
    """The size of an artifact as it is uploaded."""
    with tempfile.TemporaryFile() as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for path in _files(tree):
                archive.write(path, path.relative_to(tree))
        return file.tell()


def _files(tree: Path) -> list[Path]:
    return [path for path in tree.rglob("*") if path.is_file()]


def _fault(path: Path, target: Target, *, complete: bool) -> str | None:
    if path.suffix == ".pyc":
        return _bytecode_fault(path, target)
    if (
        path.suffix == ".py"
        and complete
        and not (path.parent / "__pycache__" / f"{path.stem}.{target.tag}.pyc").exists()
    ):
        return "has no bytecode"
    if ".so" in path.suffixes:
        return _library_fault(path, target)
    return None


def _bytecode_fault(path: Path, target: Target) -> str | None:
    if not path.name.endswith(f".{target.tag}.pyc"):
        return f"is not for Python {target.python}"
    with path.open("rb") as file:
        flags = int.from_bytes(file.read(8)[4:], "little")
    return None if flags == bytecode.UNCHECKED_HASH else "would be checked against its source, and refused"


def _library_fault(path: Path, target: Target) -> str | None:
    if ".cpython-" in path.name and f".{target.tag}-" not in path.name:
        return f"is not for Python {target.python}"
    with path.open("rb") as file:
        machine = int.from_bytes(file.read(20)[18:], "little")
    return None if machine == ELF_MACHINES[target.architecture] else f"is not for {target.architecture}"
