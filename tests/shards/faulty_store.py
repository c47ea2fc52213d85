"""A store of which some write fails: with or without having taken effect, as a request that timed out."""

from collections.abc import Iterable, Iterator

from modelet.errors import StoreUnavailable
from modelet.store.base import Entry, Store, Stored


class FaultyStore:
    """Another store, of which the conditional writes from the `first` on fail so many `times`; `kept` says that they
    take effect all the same.
    """

    def __init__(self, store: Store, first: int, kept: bool, times: int = 1) -> None:
        self.url = store.url
        self.failed = 0
        self._store = store
        self._until_first = first
        self._kept = kept
        self._times = times

    def put_if_absent(self, key: str, data: bytes) -> str:
        self._until_first -= 1
        if self._until_first >= 0 or self.failed == self._times:
            return self._store.put_if_absent(key, data)
        self.failed += 1
        if self._kept:
            self._store.put_if_absent(key, data)
        raise StoreUnavailable(f"Cannot reach {self.url}.")

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        return self._store.get(key, unless)

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        return self._store.stream_range(key, start, length)

    def stream(self, key: str) -> Iterator[bytes]:
        return self._store.stream(key)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        self._store.put(key, chunks)

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        return self._store.put_if_match(key, data, etag)

    def head(self, key: str) -> Entry:
        return self._store.head(key)

    def scan(self, prefix: str) -> Iterator[Entry]:
        return self._store.scan(prefix)

    def folders(self, prefix: str) -> list[str]:
        return self._store.folders(prefix)

    def delete(self, key: str) -> None:
        self._store.delete(key)
