"""The objects that a source names, as streams of what is in them: plain or compressed, in a folder or in S3."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from modelet.errors import InvalidJob, InvalidName, InvalidSetting, ModeletError
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train.disk import temporary_file

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a source. `url` names it in messages."""

    store: Store
    key: str
    url: str

    @property
    def name(self) -> str:
        """Its name, without what says how it is compressed."""
        path = PurePosixPath(self.key)
        return path.stem if path.suffix in COMPRESSIONS else path.name

    def stream(self) -> Any:
        """A readable binary file of its content, from the first byte to the last."""
        import pyarrow as pa

        raw = io.BufferedReader(_Pieces(self.store.stream(self.key)), 1 << 20)
        compression = COMPRESSIONS.get(PurePosixPath(self.key).suffix)
        return pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), compression) if compression else raw

    @contextmanager
    def seekable(self) -> Iterator[IO[bytes]]:
        """A copy of its content in an unnamed temporary file, for formats whose table of contents is at the end."""
        with temporary_file() as file:
            source = self.stream()
            while piece := source.read(1 << 20):
                file.write(piece)
            file.seek(0)
            yield file


@contextmanager
def reading(found: Object, kind: str) -> Iterator[None]:
    """Say of which object it is, and how it was read, where what is in it is something else."""
    import pyarrow as pa

    try:
        yield
    except ModeletError:
        raise
    except FileNotFoundError:
        raise InvalidJob(f"{found.url} was there when the run began, and is gone.") from None
    except (pa.ArrowException, OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InvalidJob(f"{found.url} cannot be read as {kind}: {' '.join(str(error).split()):.300}") from None


def find_objects(source: str) -> list[Object]:
    """The object at a path or URL, or all below it, sorted by key; raises InvalidJob where there is none, and
    StoreUnavailable.
    """
    try:
        root, key = _place(source)
        folder = open_store(root)
        if key and _is_object(folder, key):
            return [Object(folder, key, source)]
        below = f"{key.rstrip('/')}/" if key else ""
        keys = sorted(entry.key for entry in folder.scan(below) if _is_data(entry.key[len(below) :]))
    except (InvalidName, InvalidSetting, ValueError) as error:
        raise InvalidJob(f"data.source: there is nothing at {source!r:.200}: {error}") from None
    if not keys:
        raise InvalidJob(f"data.source: there is nothing at {source!r:.200}.")
    return [Object(folder, key, f"{source.rstrip('/')}/{key[len(below) :]}") for key in keys]


def _place(source: str) -> tuple[str, str]:
    # A store, and a key or a prefix in it.
    if source.startswith("s3://"):
        bucket, _, key = source.removeprefix("s3://").partition("/")
        return f"s3://{bucket}", key
    if source.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        source = unquote(urlsplit(source).path)
    path = Path(source).absolute()
    return (path.as_uri(), "") if path.is_dir() else (path.parent.as_uri(), path.name)


def _is_object(store: Store, key: str) -> bool:
    if key.endswith("/"):
        return False
    try:
        store.head(key)
    except FileNotFoundError:
        return False
    return True


def _is_data(key: str) -> bool:
    # _SUCCESS and the like are marks of those who wrote the data.
    return not any(part.startswith(("_", ".")) for part in key.split("/"))


class _Pieces(io.RawIOBase):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
