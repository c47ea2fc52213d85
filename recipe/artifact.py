"""The two things that are built. A layer becomes /opt, a function /var/task."""

import shutil
from pathlib import Path

from recipe import bytecode, trimming, wheels
from recipe.target import ROOT, Target

LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "Makefile")


def build_layer(name: str, target: Target, into: Path) -> None:
    """Build `layers/{name}`: its locked wheels and its own packages, trimmed and byte-compiled."""
    source, packages = ROOT / "layers" / name, into / "python"
    wheels.install(source / "requirements.txt", target, packages)
    if (source / "python").is_dir():
        shutil.copytree(source / "python", packages, ignore=LEFT_BEHIND, dirs_exist_ok=True)
    trimming.trim(packages, source / "unshipped.txt")
    bytecode.compile_tree(packages, target, "/opt/python")


def build_function(name: str, target: Target, into: Path) -> None:
    """Build `functions/{name}`: the package `functions` with this one function in it, byte-compiled."""
    package = into / "functions"
    package.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "functions" / "__init__.py", package)
    shutil.copytree(ROOT / "functions" / name, package / name, ignore=LEFT_BEHIND, dirs_exist_ok=True)
    bytecode.compile_tree(into, target, "/var/task")
