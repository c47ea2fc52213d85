"""A store in this process's memory: for tests and experiments."""

import threading
import time
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from modelet.store.base import CHUNK_BYTES, PIECE_BYTES, AlreadyExists, Changed, Entry, Stored, check_key


class MemoryStore:
    """Objects in a dictionary, with the conditional writes of S3."""

    def __init__(self, url: str = "memory://") -> None:
        self.url = url
        self._objects: dict[str, tuple[bytes, str, float]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        data, etag, _ = self._find(key)
        return None if etag == unless else Stored(data, etag)

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        data = self._find(key)[0]
        end = min(start + length, len(data))
        return (data[at : min(at + PIECE_BYTES, end)] for at in range(start, end, PIECE_BYTES))

    def stream(self, key: str) -> Iterator[bytes]:
        data = self._find(key)[0]
        return (data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES))

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        data = b"".join(chunks)
        with self._lock:
            self._write(key, data)

    def put_if_absent(self, key: str, data: bytes) -> str:
        with self._lock:
            if key in self._objects:
                raise AlreadyExists(f"{key} exists already.")
            return self._write(key, data)

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        with self._lock:
            if check_key(key) not in self._objects or self._objects[key][1] != etag:
                raise Changed(f"{key} has changed.")
            return self._write(key, data)

    def head(self, key: str) -> Entry:
        data, etag, modified = self._find(key)
        return Entry(key, len(data), modified, etag)

    def scan(self, prefix: str) -> Iterator[Entry]:
        with self._lock:
            found = [(key, held) for key, held in sorted(self._objects.items()) if key.startswith(prefix)]
        return (Entry(key, len(data), modified) for key, (data, _, modified) in found)

    def folders(self, prefix: str) -> list[str]:
        rests = (entry.key[len(prefix) :] for entry in self.scan(prefix))
        return sorted({rest.split("/")[0] for rest in rests if "/" in rest})

    def delete(self, key: str) -> None:
        with self._lock:
            self._objects.pop(check_key(key), None)

    def _find(self, key: str) -> tuple[bytes, str, float]:
        try:
            return self._objects[check_key(key)]
        except KeyError:
            raise FileNotFoundError(key) from None

    def _write(self, key: str, data: bytes) -> str:
        etag = blake2b(data, digest_size=16).hexdigest()
        self._objects[check_key(key)] = (data, etag, time.time())
        return etag
