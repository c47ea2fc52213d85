"""The ranges of one large blob: several threads read them at once, and no byte is passed on before it is verified.

A variant's record has a digest for each range. Of a canonical artifact only the whole has one, which follows the ranges
in their order while others are on their way.
"""

import threading
from collections.abc import Callable, Iterator
from hashlib import sha256

from modelet.errors import CorruptObject, UnknownSchema
from modelet.manifest import Artifact, Variant
from modelet.manifest.variant import RANGE_BYTES
from modelet.phases import enter
from modelet.predict.memfile import MemoryFile
from modelet.registry.blobs import blob_key
from modelet.registry.variants import VariantRecord, read_record
from modelet.store.ahead import Ahead
from modelet.store.base import PIECE_BYTES, Store

MOST_AT_ONCE = 6
"""Connections. Two cores are busy with three of them; it takes more where each answer is awaited for 0.1 seconds."""

Take = Callable[[int, Iterator[bytes]], None]
"""Takes where a range starts, and its pieces."""


def read_variant(store: Store, model: str, artifact: Artifact, variant: Variant, file: MemoryFile) -> None:
    """Read a variant of the canonical artifact into the file, and its record beside it.

    Raises CorruptObject naming the digest of what is missing or damaged, UnknownSchema, StoreUnavailable, OutOfMemory;
    then no thread writes any more.
    """
    record = Ahead(lambda: read_record(store, model, artifact.sha256, variant))
    ranges = _Ranges(store, model, variant.blob)

    def take(start: int, pieces: Iterator[bytes]) -> None:
        digest, at = sha256(), start
        for piece in pieces:
            enter("verify")
            digest.update(piece)
            enter("fetch")
            file.write(piece, at)
            at += len(piece)
        wanted = _digests(record.result())[start // RANGE_BYTES]
        if digest.hexdigest() != wanted:
            raise ranges.damaged(
                f"bytes {start} to {at} must have sha256:{wanted}, but have sha256:{digest.hexdigest()}"
            )

    ranges.read(take)


def read_canonical(store: Store, model: str, blob: Artifact, file: MemoryFile) -> None:
    """Read a blob that has one digest into the file; raises as `read_variant` does."""
    ranges, verified = _Ranges(store, model, blob), _InOrder(file)

    def take(start: int, pieces: Iterator[bytes]) -> None:
        at = start
        for piece in pieces:
            file.write(piece, at)
            at += len(piece)
        verified.add(start)

    ranges.read(take)
    found = verified.digest.hexdigest()
    if (found, verified.size) != (blob.sha256, blob.size):
        raise ranges.damaged(f"read {verified.size} of {blob.size} bytes with sha256:{found}")


class _Ranges:
    """The ranges of one blob: a pile that several threads take from. The first failure clears it."""

    def __init__(self, store: Store, model: str, blob: Artifact) -> None:
        self._store = store
        self._key = blob_key(model, blob.sha256)
        self._name = f"Artifact sha256:{blob.sha256} of model {model!r}"
        self._pile = list(range(0, blob.size, RANGE_BYTES))[::-1]

    def read(self, take: Take) -> None:
        """Read every range, in no order."""
        threads = [Ahead(lambda: self._work(take)) for _ in range(min(MOST_AT_ONCE, len(self._pile)))]
        for thread in threads:
            thread.wait()  # for all of them, so that none writes into a file that was closed
        for thread in threads:
            thread.result()

    def damaged(self, how: str) -> CorruptObject:
        """What to raise where the bytes are not the ones that they should be."""
        return CorruptObject(f"{self._name} is damaged in {self._store.url}: {how}.")

    def _work(self, take: Take) -> None:
        enter("fetch")
        try:
            while (start := self._next()) is not None:
                take(start, self._store.stream_range(self._key, start, RANGE_BYTES))
        except FileNotFoundError:
            self._pile.clear()
            raise CorruptObject(f"{self._name} is missing in {self._store.url}.") from None
        except BaseException:
            self._pile.clear()
            raise

    def _next(self) -> int | None:
        try:
            return self._pile.pop()
        except IndexError:
            return None


class _InOrder:
    """The digest of a file whose ranges come in no order: of its first `size` bytes, as they lie in the file."""

    def __init__(self, file: MemoryFile) -> None:
        self.digest = sha256()
        self.size = 0
        self._file = file
        self._come: set[int] = set()
        self._lock = threading.Lock()
        self._buffer = memoryview(bytearray(PIECE_BYTES))

    def add(self, start: int) -> None:
        """Go on as far as there is no gap, now that the range from `start` has come."""
        self._come.add(start)
        with self._lock:
            enter("verify")
            while self.size in self._come:
                self._come.remove(self.size)
                self._go_on_to(self.size + RANGE_BYTES)
            enter("fetch")

    def _go_on_to(self, end: int) -> None:
        while length := self._file.read(self._buffer[: end - self.size], self.size):
            self.digest.update(self._buffer[:length])
            self.size += length


def _digests(record: VariantRecord) -> tuple[str, ...]:
    if record.range_bytes != RANGE_BYTES:
        raise UnknownSchema(f"A variant has ranges of {record.range_bytes} bytes; this Modelet reads {RANGE_BYTES}.")
    return record.ranges
