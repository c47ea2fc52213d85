"""The ranges of one large variant: several threads read them at once, and each is verified on its own."""

from hashlib import sha256

from modelet.errors import CorruptObject, UnknownSchema
from modelet.manifest import Artifact, Variant
from modelet.manifest.variant import RANGE_BYTES
from modelet.phases import enter
from modelet.predict.ahead import Ahead
from modelet.predict.memfile import MemoryFile
from modelet.registry.blobs import blob_key
from modelet.registry.variants import VariantRecord, read_record
from modelet.store.base import Store

MOST_AT_ONCE = 8


def read_ranges(store: Store, model: str, artifact: Artifact, variant: Variant, file: MemoryFile) -> None:
    """Read a variant of the canonical artifact into the file, and its record beside it.

    Raises CorruptObject naming the digest of what is missing or damaged, UnknownSchema, StoreUnavailable, OutOfMemory;
    then no thread writes any more.
    """
    record = Ahead(lambda: read_record(store, model, artifact.sha256, variant))
    _Ranges(store, model, variant.blob, record).read(file)


class _Ranges:
    """The ranges of one blob: a pile that several threads take from. The first failure clears it."""

    def __init__(self, store: Store, model: str, blob: Artifact, record: Ahead[VariantRecord]) -> None:
        self._store = store
        self._key = blob_key(model, blob.sha256)
        self._name = f"Artifact sha256:{blob.sha256} of model {model!r}"
        self._record = record
        self._pile = list(enumerate(range(0, blob.size, RANGE_BYTES)))[::-1]

    def read(self, file: MemoryFile) -> None:
        """Read and verify every range into the file, in no order."""
        threads = [Ahead(lambda: self._work(file)) for _ in range(min(MOST_AT_ONCE, len(self._pile)))]
        for thread in threads:
            thread.wait()  # for all of them, so that none writes into a file that was closed
        for thread in threads:
            thread.result()

    def _work(self, file: MemoryFile) -> None:
        try:
            while self._pile:
                self._read(*self._pile.pop(), file)
        except IndexError:
            return  # another thread took the last one
        except FileNotFoundError:
            self._pile.clear()
            raise CorruptObject(f"{self._name} is missing in {self._store.url}.") from None
        except BaseException:
            self._pile.clear()
            raise

    def _read(self, number: int, start: int, file: MemoryFile) -> None:
        enter("fetch")
        digest, at = sha256(), start
        for piece in self._store.stream_range(self._key, start, RANGE_BYTES):
            enter("verify")
            digest.update(piece)
            enter("fetch")
            file.write(piece, at)
            at += len(piece)
        wanted = _digests(self._record.result())[number]
        if digest.hexdigest() != wanted:
            raise CorruptObject(
                f"{self._name} is damaged in {self._store.url}: bytes {start} to {at} must have sha256:{wanted}, "
                f"but have sha256:{digest.hexdigest()}."
            )


def _digests(record: VariantRecord) -> tuple[str, ...]:
    if record.range_bytes != RANGE_BYTES:
        raise UnknownSchema(f"A variant has ranges of {record.range_bytes} bytes; this Modelet reads {RANGE_BYTES}.")
    return record.ranges
