"""Fetching a model's bytes into a file in memory, verified on the way: a small or canonical blob as one stream, a large
variant in ranges.
"""

from modelet.manifest import Artifact, Variant
from modelet.manifest.variant import RANGE_BYTES
from modelet.phases import enter
from modelet.predict.memfile import MemoryFile
from modelet.registry.blobs import stream_blob
from modelet.store.base import Store


def fetch(store: Store, model: str, artifact: Artifact, variant: Variant | None) -> MemoryFile:
    """Read the canonical artifact, or a variant of it, into memory.

    Raises CorruptObject naming the digest of what is missing or damaged, UnknownSchema where a newer Modelet wrote the
    variant's record, StoreUnavailable, OutOfMemory.
    """
    enter("fetch")
    file = MemoryFile()
    try:
        if variant and variant.blob.size > RANGE_BYTES:
            from modelet.predict.ranges import read_ranges  # of large models only

            read_ranges(store, model, artifact, variant, file)
        else:
            _stream(store, model, variant.blob if variant else artifact, file)
    except BaseException:
        file.close()
        raise
    return file


def _stream(store: Store, model: str, blob: Artifact, file: MemoryFile) -> None:
    at = 0
    for chunk in stream_blob(store, model, blob):
        file.write(chunk, at)
        at += len(chunk)
