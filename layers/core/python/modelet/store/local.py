"""A store in a local folder, with a real compare-and-swap: conditional writes hold a lock per object, reads need none.

Objects appear whole or not at all: each is written beside its place and renamed into it. Names that begin with a dot
are the store's own (locks, files being written) and are never listed. A read-only folder can be read.
"""

import fcntl
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from modelet.errors import StoreUnavailable
from modelet.store.base import AlreadyExists, Changed, Entry, Stored, check_key, chunks_of


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

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with _reading(key), self._path(key).open("rb") as file:
            return os.pread(file.fileno(), length, start)

    def stream(self, key: str) -> Iterator[bytes]:
        with _reading(key):
            yield from chunks_of(self._path(key))

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        with self._writing(key) as path:
            self._replace(path, chunks)

    def put_if_absent(self, key: str, data: bytes) -> str:
        with self._writing(key) as path, _lock(path):
            if path.exists():
                raise AlreadyExists(f"{key} exists already.")
            self._replace(path, [data])
        return _etag(data)

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        with self._writing(key) as path, _lock(path):
            if not path.exists() or _etag(path.read_bytes()) != etag:
                raise Changed(f"{key} has changed.")
            self._replace(path, [data])
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
                sorted(path for path in folder.rglob("*") if not path.name.startswith(".")) if folder.is_dir() else []
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
        with self._writing(key) as path:
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

    @staticmethod
    def _replace(path: Path, chunks: Iterable[bytes]) -> None:
        being_written = path.with_name(f".{path.name}.{secrets.token_hex(8)}.writing")
        try:
            with being_written.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            being_written.replace(path)
        finally:
            being_written.unlink(missing_ok=True)


def _holds_objects(folder: Path) -> bool:
    # Folders outlive their last object: another writer may be about to put one there.
    return any(path.is_file() and not path.name.startswith(".") for path in folder.rglob("*"))


def _etag(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    # One lock file per object; each opening has a lock of its own, so that threads exclude each other too.
    with path.with_name(f".{path.name}.lock").open("a") as file:
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
