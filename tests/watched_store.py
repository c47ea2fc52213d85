"""A store that shows every call before it is made, so that a test can count it, hold it up or let it fail."""

from collections.abc import Callable, Iterable, Iterator

from modelet.store.base import Entry, Store, Stored


class WatchedStore:
    """Another store's objects; `watch` is called with the verb and the key of every call, and may raise or wait."""

    def __init__(self, store: Store, watch: Callable[[str, str], None]) -> None:
        self.url = store.url
        self.watch = watch
        self._store = store

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        self.watch("get" if unless is None else "get if changed", key)
        return self._store.get(key, unless)

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        self.watch(f"stream_range {start}", key)
        return self._store.stream_range(key, start, length)

    def stream(self, key: str) -> Iterator[bytes]:
        self.watch("stream", key)
        return self._store.stream(key)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        self.watch("put", key)
        self._store.put(key, chunks)

    def put_if_absent(self, key: str, data: bytes) -> str:
        self.watch("put_if_absent", key)
        return self._store.put_if_absent(key, data)

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        self.watch("put_if_match", key)
        return self._store.put_if_match(key, data, etag)

    def head(self, key: str) -> Entry:
        self.watch("head", key)
        return self._store.head(key)

    def scan(self, prefix: str) -> Iterator[Entry]:
        self.watch("scan", prefix)
        return self._store.scan(prefix)

    def folders(self, prefix: str) -> list[str]:
        self.watch("folders", prefix)
        return self._store.folders(prefix)

    def delete(self, key: str) -> None:
        self.watch("delete", key)
        self._store.delete(key)
