"""A store that fails by a script at conditional writes, and is a real one otherwise."""

from collections.abc import Iterable, Iterator
from enum import Enum

from modelet.errors import StoreUnavailable
from modelet.store.base import AlreadyExists, Changed, Entry, Store, Stored


class Fault(Enum):
    """How one conditional write goes wrong."""

    BEFORE = "the store fails, and nothing was written"
    AFTER = "the write took effect, and the store fails"
    RETRIED = "the write took effect, its answer was lost, and the retry is told that it lost the race"
    CONFLICT = "another write is under way, and nothing was written"
    FINE = "nothing goes wrong"


class FaultyStore:
    """Each conditional write takes the next fault of the script; with `forever` the last one never ends."""

    def __init__(self, real: Store, *script: Fault, forever: bool = False) -> None:
        self.url = real.url
        self.real = real
        self.writes = 0
        self._script = list(script)
        self._forever = forever

    def put_if_absent(self, key: str, data: bytes) -> str:
        fault = self._next()
        if fault in (Fault.AFTER, Fault.RETRIED, Fault.FINE):
            etag = self.real.put_if_absent(key, data)
        if fault in (Fault.BEFORE, Fault.AFTER):
            raise StoreUnavailable(f"scripted: {fault.value}")
        if fault is not Fault.FINE:
            raise AlreadyExists(f"scripted: {fault.value}")
        return etag

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        fault = self._next()
        if fault in (Fault.AFTER, Fault.RETRIED, Fault.FINE):
            etag = self.real.put_if_match(key, data, etag)
        if fault in (Fault.BEFORE, Fault.AFTER):
            raise StoreUnavailable(f"scripted: {fault.value}")
        if fault is not Fault.FINE:
            raise Changed(f"scripted: {fault.value}")
        return etag

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        return self.real.get(key, unless)

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        return self.real.stream_range(key, start, length)

    def stream(self, key: str) -> Iterator[bytes]:
        return self.real.stream(key)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        self.real.put(key, chunks)

    def head(self, key: str) -> Entry:
        return self.real.head(key)

    def scan(self, prefix: str) -> Iterator[Entry]:
        return self.real.scan(prefix)

    def folders(self, prefix: str) -> list[str]:
        return self.real.folders(prefix)

    def delete(self, key: str) -> None:
        self.real.delete(key)

    def _next(self) -> Fault:
        self.writes += 1
        if len(self._script) > 1 or (self._script and not self._forever):
            return self._script.pop(0)
        return self._script[0] if self._script else Fault.FINE
