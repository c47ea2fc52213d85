"""Bytecode that Lambda accepts: https://github.com/aws/aws-lambda-builders/issues/924.

A zip's files are dated 1980, so a `.pyc` that is checked by time never validates, and a function cannot write a new
one: every cold start would compile everything. An unchecked-hash `.pyc` is taken as it is, by the Python version that
made it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from recipe.target import Target

UNCHECKED_HASH = 1  # https://peps.python.org/pep-0552/
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def compile_tree(tree: Path, target: Target, runs_at: str) -> None:
    """Compile every module of a tree that will lie at `runs_at`, or say that no interpreter for it was found."""
    interpreter = find(target.python)
    if interpreter is None:
        sys.stderr.write(
            f"recipe: NOTE: there is no Python {target.python} on the PATH or in $PYENV_ROOT/versions, so {tree} is "
            f"built without bytecode: it works, but every cold start compiles it.\n"
        )
        return
    flags = ["-q", "-j", "0", "--invalidation-mode", "unchecked-hash", "-s", str(tree), "-p", runs_at]
    if subprocess.run([interpreter, "-m", "compileall", *flags, str(tree)], check=False).returncode:
        raise SystemExit(f"recipe: {tree} does not compile with Python {target.python}.")


def find(version: str) -> str | None:
    """An interpreter of this version: this one, one on the PATH, or one of pyenv's."""
    return next((candidate for candidate in _candidates(version) if _version(candidate) == version), None)


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    if found := shutil.which(f"python{version}"):
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}*/bin/python{version}"), reverse=True))


def _version(interpreter: str) -> str:
    # Asked, not believed: pyenv's shims exist for versions that are not selected, and answer with an error.
    return subprocess.run([interpreter, "-c", VERSION], capture_output=True, text=True, check=False).stdout.strip()
