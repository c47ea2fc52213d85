"""A store of which some objects were being read before anything that could ask for them was imported."""

from collections.abc import Iterable, Iterator
from functools import partial

from modelet.store.ahead import Ahead
from modelet.store.base import Entry, Store, Stored, UploadStore


class Begun:
    """Another store's objects. Those at `keys` are being read from now on, each for the first who gets it."""

    def __init__(self, store: Store, keys: Iterable[str]) -> None:
        self.url = store.url
        self._store = store
        if isinstance(store, UploadStore):  # then this one is, too
            self.announces, self.sign_put, self.share = store.announces, store.sign_put, store.share
        self._reads = {key: Ahead(partial(store.get, key)) for key in dict.fromkeys(keys)}

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        read = self._reads.pop(key, None)
        if read is None or unless is not None:
            return self._store.get(key, unless)
        return read.result()

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        return self._store.stream_range(key, start, length)

    def stream(self, key: str) -> Iterator[bytes]:
        return self._store.stream(key)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        self._store.put(key, chunks)

    def put_if_absent(self, key: str, data: bytes) -> str:
        return self._store.put_if_absent(key, data)

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
