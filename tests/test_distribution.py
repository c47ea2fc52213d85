"""What is installed from the wheel alone: the client needs none of the server's packages, and the stack that
`modelet up` serves comes along.
"""

import subprocess
import sys
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import modelet

ROOT = Path(__file__).parents[1]
SERVER_ONLY = ["boto3", "botocore", "fastapi", "mangum", "obstore", "onnx", "onnxruntime", "sklearn", "starlette"]

# No site directory, so that only the standard library, the wheel and what the extra asks for can be imported.
IMPORT_THE_CLIENT = """
import importlib.util
import sys

sys.path[:0] = [WHEEL, PACKAGES]
import modelet.client

assert modelet.client.__file__.startswith(WHEEL), modelet.client.__file__
for name in SERVER_ONLY:
    assert importlib.util.find_spec(name) is None, name
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def _metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        return Parser().parsestr(archive.read(f"modelet-{modelet.__version__}.dist-info/METADATA").decode())


def _needed(requirements: list[str], extra: str = "") -> Iterator[str]:
    """The distributions that the requirements ask for, and all that those ask for."""
    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement.name
            yield from _needed(distribution(requirement.name).requires or [])


def _link(name: str, folder: Path) -> None:
    """Make an installed distribution, and nothing that is installed beside it, importable from the folder."""
    installed = distribution(name)
    for top in {file.parts[0] for file in installed.files or [] if file.parts[0] not in {"..", "__pycache__"}}:
        if not (folder / top).exists():
            (folder / top).symlink_to(Path(str(installed.locate_file(top))))


def test_nothing_is_required_without_an_extra(wheel: Path) -> None:
    required = [Requirement(line) for line in _metadata(wheel).get_all("Requires-Dist", [])]

    assert required
    assert [str(requirement) for requirement in required if "extra" not in str(requirement.marker)] == []


def test_the_client_imports_with_its_extra_alone(wheel: Path, tmp_path: Path) -> None:
    packages, unpacked = tmp_path / "packages", tmp_path / "wheel"
    packages.mkdir()
    ZipFile(wheel).extractall(unpacked)
    for name in set(_needed(_metadata(wheel).get_all("Requires-Dist", []), "client")):
        _link(name, packages)
    names = f"WHEEL, PACKAGES, SERVER_ONLY = {str(unpacked)!r}, {str(packages)!r}, {SERVER_ONLY!r}"

    command = [sys.executable, "-I", "-S", "-c", names + IMPORT_THE_CLIENT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_wheel_carries_the_stack_and_the_types(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    stack = {f"modelet/local/stack/{path.relative_to(ROOT)}" for path in ROOT.glob("functions/*/handler.py")}

    assert stack | {"modelet/local/stack/template.yaml", "modelet/py.typed"} <= names
    assert [name for name in names if name.endswith(".pyc") or name.startswith("tests")] == []
