"""Fetching a model's bytes into a file in memory, verified on the way: a small blob as one stream, a large one in
ranges.
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
    blob = variant.blob if variant else artifact
    file = MemoryFile()
    try:
        if blob.size <= RANGE_BYTES:
            _stream(store, model, blob, file)
        else:
            from modelet.predict.ranges import read_canonical, read_variant  # of large models only

            if variant:
                read_variant(store, model, artifact, variant, file)
            else:
                read_canonical(store, model, blob, file)
    except BaseException:
        file.close()
        raise
    return file


def _stream(store: Store, model: str, blob: Artifact, file: MemoryFile) -> None:
    at = 0
    for chunk in stream_blob(store, model, blob):
        file.write(chunk, at)
        at += len(chunk)
