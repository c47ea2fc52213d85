"""A store in a local folder, with a real compare-and-swap: conditional writes hold a lock per object, reads need none.

Objects appear whole or not at all: each is written beside its place and renamed into it. Names that begin with a dot
are the store's own (one lock per folder, files being written) and are never listed. A read-only folder can be read.
"""

import fcntl
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from modelet.errors import StoreUnavailable
from modelet.store.base import PIECE_BYTES, AlreadyExists, Changed, Entry, Stored, check_key, chunks_of

ABANDONED_SECONDS = 24 * 3600.0
"""A file that nobody has written to for so long was left behind by a process that was killed."""


class LocalStore:
    """Objects as files below `root`. ETags are digests of the content."""

    def __init__(self, root: Path, url: str) -> None:
        self.url = url
        self._root = root

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        with _reading(key):
            data = self._path(key).read_bytes()
        etag = _etag(data)
        return None if etag == unless else Stored(data, etag)

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        with _reading(key), self._path(key).open("rb") as file:
            end = start + length
            while piece := os.pread(file.fileno(), min(PIECE_BYTES, end - start), start):
                yield piece
                start += len(piece)

    def stream(self, key: str) -> Iterator[bytes]:
        with _reading(key):
            yield from chunks_of(self._path(key))

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        with self._writing(key) as path, _written(path, chunks) as being_written, _lock(path):
            being_written.replace(path)

    def put_if_absent(self, key: str, data: bytes) -> str:
        with self._writing(key) as path, _written(path, [data]) as being_written, _lock(path):
            if path.exists():
                raise AlreadyExists(f"{key} exists already.")
            being_written.replace(path)
        return _etag(data)

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        with self._writing(key) as path, _written(path, [data]) as being_written, _lock(path):
            if not path.exists() or _etag(path.read_bytes()) != etag:
                raise Changed(f"{key} has changed.")
            being_written.replace(path)
        return _etag(data)

    def head(self, key: str) -> Entry:
        with _reading(key):
            path = self._path(key)
            found = path.stat()
        if not path.is_file():
            raise FileNotFoundError(key)
        return Entry(key, found.st_size, found.st_mtime)

    def scan(self, prefix: str) -> Iterator[Entry]:
        folder = self._root / prefix
        with _reading(prefix):
            paths = (
                sorted(path for path in folder.rglob("*") if not _is_hidden(path, folder)) if folder.is_dir() else []
            )
        for path in paths:
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                yield Entry(path.relative_to(self._root).as_posix(), found.st_size, found.st_mtime)

    def folders(self, prefix: str) -> list[str]:
        folder = self._root / prefix
        with _reading(prefix):
            return sorted(path.name for path in folder.iterdir() if _holds_objects(path)) if folder.is_dir() else []

    def delete(self, key: str) -> None:
        path = self._path(key)
        if path.exists():
            with self._writing(key), _lock(path):
                path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    @contextmanager
    def _writing(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield path
        except OSError as error:
            raise StoreUnavailable(f"Cannot write {key} in {self.url}: {error.strerror or error}.") from error


def _holds_objects(folder: Path) -> bool:
    # Folders outlive their last object: another writer may be about to put one there.
    return any(path.is_file() and not _is_hidden(path, folder.parent) for path in folder.rglob("*"))


def _is_hidden(path: Path, below: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(below).parts)


def _etag(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


@contextmanager
def _written(path: Path, chunks: Iterable[bytes]) -> Iterator[Path]:
    # The content beside its place, on disk and ready to be renamed; gone afterwards, whatever happens.
    _remove_abandoned(path.parent)
    being_written = path.with_name(f".{secrets.token_hex(8)}.writing")
    try:
        with being_written.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        yield being_written
    finally:
        being_written.unlink(missing_ok=True)


def _remove_abandoned(folder: Path) -> None:
    for path in folder.glob(".*.writing"):
        try:
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()
        except FileNotFoundError:
            continue  # its writer, or another sweep, was quicker


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    # Each opening has a lock of its own, so that threads exclude each other too. The file stays: a lock that is removed
    # can be held twice.
    with path.with_name(".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _reading(key: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise FileNotFoundError(key) from None
    except OSError as error:
        raise StoreUnavailable(f"Cannot read {key}: {error.strerror or error}.") from error
