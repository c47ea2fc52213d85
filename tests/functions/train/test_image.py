"""The training image: what its Dockerfile says, and its entry point in an environment that holds only what it locks."""

import json
import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from modelet.registry.reading import list_versions
from modelet.store import open_store

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "functions" / "train" / "Dockerfile"
ENTRY = ROOT / "functions" / "train" / "entry.sh"
LOCK = ROOT / "requirements" / "train.txt"
ENVIRONMENT = ROOT / ".venv-train"  # which `make test` makes of the lock

Instruction = tuple[str, str]


@pytest.fixture(scope="module")
def instructions() -> list[Instruction]:
    """The Dockerfile's instructions with their arguments, lines joined, comments left out."""
    lines = [line for line in DOCKERFILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


@pytest.fixture
def image_environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a container, with the library and the functions that the image copies and nothing else."""
    copied = tmp_path / "opt"
    (copied / "functions").mkdir(parents=True)
    (copied / "modelet").symlink_to(ROOT / "layers" / "core" / "python" / "modelet")
    (copied / "functions" / "__init__.py").symlink_to(ROOT / "functions" / "__init__.py")
    (copied / "functions" / "train").symlink_to(ROOT / "functions" / "train")
    path = f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.defpath}"
    return {"PATH": path, "PYTHONPATH": str(copied), "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path / "fonts")}


def enter(env: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(ENTRY), *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_every_stage_begins_with_the_same_pinned_slim_base(instructions: list[Instruction]) -> None:
    bases = {rest.split()[0] for name, rest in instructions if name == "FROM"}

    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[1-3]\.\d+-slim-[a-z]+", bases.pop())


def test_what_is_copied_exists_and_is_not_ignored(instructions: list[Instruction]) -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    kept = [rule[1:] for rule in rules if rule.startswith("!")]
    copied = [rest.split()[:-1] for name, rest in instructions if name == "COPY" and not rest.startswith("--from")]
    sources = [source for group in copied for source in group]

    assert rules[0] == "*"
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert sorted(sources) == sorted(kept)
    assert any(fnmatch(f"{source}/__pycache__", rule) for source in sources for rule in rules)


def test_packages_come_from_locks_by_their_hashes_alone(instructions: list[Instruction]) -> None:
    installs = [rest for name, rest in instructions if name == "RUN" and "pip install" in rest]

    assert len(installs) == 2
    assert all("--no-deps --require-hashes -r /requirements/" in install for install in installs)
    assert installs[1].startswith('if [ -n "$TORCH" ]')


def test_it_ends_as_a_user_who_is_not_root_at_the_entry_point(instructions: list[Instruction]) -> None:
    users = [rest for name, rest in instructions if name == "USER"]
    names = [name for name, _ in instructions]
    entry = json.loads(next(rest for name, rest in instructions if name == "ENTRYPOINT"))

    assert users[-1].isdigit()
    assert int(users[-1]) >= 1000
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in ("RUN", "COPY"))
    assert entry == ["/bin/sh", "/opt/modelet/" + ENTRY.relative_to(ROOT).as_posix()]


def test_the_environment_holds_what_the_lock_names_and_nothing_else(image_environment: dict[str, str]) -> None:
    found = enter(image_environment, ROOT, "python", "-m", "pip", "list", "--format", "json")
    held = {canonicalize_name(package["name"]) for package in json.loads(found.stdout)}
    lines = re.findall(r"^\S+==[^\\\n]+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    locked = [Requirement(line) for line in lines]
    wanted = {canonicalize_name(one.name) for one in locked if one.marker is None or one.marker.evaluate()}

    assert held - {"pip", "setuptools", "wheel"} == wanted - {"setuptools", "wheel"}


def test_a_job_is_trained_and_published_by_the_entry_point(image_environment: dict[str, str], tmp_path: Path) -> None:
    job = tmp_path / "job.yaml"
    job.write_text("model: flowers\ndata: {source: 'sklearn:iris'}\nestimator: {name: lightgbm, n_estimators: 5}\n")
    store = (tmp_path / "store").as_uri()

    done = enter(image_environment, tmp_path, "job.yaml", "--store", store)

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["model"], answer["version"], answer["store"]) == ("flowers", 1, store)
    assert list_versions(open_store(store), "flowers") == [1]


def test_an_estimator_that_the_image_lacks_is_refused_by_name(
    image_environment: dict[str, str], tmp_path: Path
) -> None:
    job = tmp_path / "job.yaml"
    job.write_text("model: flowers\ndata: {source: 'sklearn:iris'}\nestimator: {name: dense}\n")

    done = enter(image_environment, tmp_path, "job.yaml", "--store", (tmp_path / "store").as_uri())

    assert done.returncode == 2
    assert "'dense' needs PyTorch, which is not installed" in json.loads(done.stdout)["error"]


def test_an_array_job_asks_the_entry_point_for_the_worker(image_environment: dict[str, str], tmp_path: Path) -> None:
    store = (tmp_path / "store").as_uri()

    done = enter(
        image_environment, tmp_path, "python", "-m", "modelet.shards.worker", "--store", store, "--job", "none"
    )

    assert "There is no plan of a job none" in done.stderr
