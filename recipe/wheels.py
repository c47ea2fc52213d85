"""Wheels for a target that is not this machine: exactly the locked ones, and never a source distribution."""

import subprocess
import sys
from pathlib import Path

from recipe.target import PLATFORMS, Target


def install(requirements: Path, target: Target, into: Path) -> None:
    """Install what a hash-locked requirements file names, and nothing else, into a folder."""
    command = [
        # Copies: what is cut here must not be a link into the installer's cache, and so into other folders too.
        *(str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--no-config", "--link-mode", "copy"),
        *("--require-hashes", "--no-deps", "--only-binary", ":all:", "--python", sys.executable),
        *("--python-version", target.python, "--python-platform", PLATFORMS[target.architecture]),
        *("--target", str(into), "--requirement", str(requirements)),
    ]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"recipe: the wheels of {requirements} could not be installed.")
