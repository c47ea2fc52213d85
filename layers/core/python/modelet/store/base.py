"""The seam to object storage: the few verbs that Modelet needs, with the semantics that S3 gives them.

A missing key is the builtin FileNotFoundError; a lost race is AlreadyExists or Changed; everything else that can go
wrong is StoreUnavailable, whose write may or may not have taken effect.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from modelet.errors import Conflict, InvalidName

if TYPE_CHECKING:
    from pathlib import Path

CHUNK_BYTES = 8 * 1024 * 1024
PIECE_BYTES = 256 * 1024
"""What a range is read in: little, for many ranges are under way at once."""

Progress = Callable[[int], None]
"""Called with the number of bytes that were moved since the last call."""


class AlreadyExists(Conflict):
    """Raised by put_if_absent when the key exists."""


class Changed(Conflict):
    """Raised by put_if_match when the object is no longer the one that was read."""


class Stored(NamedTuple):
    """One object as it was read: its bytes and the ETag that a later put_if_match names."""

    data: bytes
    etag: str


class Entry(NamedTuple):
    """One line of a listing. `size` is in bytes, `modified` in seconds since the epoch; `etag` only where looking at
    the object tells it without reading it.
    """

    key: str
    size: int
    modified: float
    etag: str = ""


class Store(Protocol):
    """Objects by key. Keys are slash-separated and relative to the store's URL."""

    url: str

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        """Read an object, or answer None when its ETag still is `unless`."""

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """Read `length` bytes from `start`, as one request, in pieces of at least PIECE_BYTES as they arrive; fewer at
        the end of the object.
        """

    def stream(self, key: str) -> Iterator[bytes]:
        """Read an object in chunks of at most about CHUNK_BYTES."""

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write an object whole or not at all, replacing what was there."""

    def put_if_absent(self, key: str, data: bytes) -> str:
        """Create an object and answer its ETag; raises AlreadyExists."""

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        """Replace the object that has this ETag and answer the new one; raises Changed."""

    def head(self, key: str) -> Entry:
        """Look at an object without reading it."""

    def scan(self, prefix: str) -> Iterator[Entry]:
        """All objects below `prefix`, which ends with a slash or is empty."""

    def folders(self, prefix: str) -> list[str]:
        """The names directly below `prefix` that have objects below them, sorted."""

    def delete(self, key: str) -> None:
        """Remove an object; a missing one is no error."""


@runtime_checkable
class UploadStore(Protocol):
    """A store that lets others write or read one object without knowing its secrets. `announces` says whether it tells
    by itself what was written.
    """

    announces: bool

    def sign_put(self, key: str, seconds: float) -> str:
        """A URL to which whoever has it may PUT the object, for so many seconds."""

    def share(self, key: str, data: bytes, headers: Mapping[str, str], seconds: float) -> str:
        """Write an object at a key that nobody else has, and answer a URL from which whoever has it may GET it, for so
        many seconds. `headers` are its content type and content encoding, by lower-case names.
        """


def check_key(key: str) -> str:
    """Refuse keys that could leave the store's folder or mean different things to different stores."""
    # Names that begin with a dot lead elsewhere, or are the local store's own.
    if "\0" in key or any(part == "" or part.startswith(".") for part in key.split("/")):
        raise InvalidName(f"{key!r} is not a valid object key.")
    return key


def chunks_of(path: "Path", progress: Progress | None = None) -> Iterator[bytes]:
    """Read a local file in chunks of CHUNK_BYTES, reporting each."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
            if progress:
                progress(len(chunk))
