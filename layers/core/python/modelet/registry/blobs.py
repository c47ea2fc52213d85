"""Content-addressed blobs of one model: written if absent, verified on every read, never changed."""

import time
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from modelet.errors import CorruptObject
from modelet.manifest import Artifact
from modelet.store.base import CHUNK_BYTES, Progress, Store, chunks_of

GRACE_SECONDS = 24 * 3600.0
"""How long a blob that nothing names is left alone: its manifest may be on its way."""


def blob_key(model: str, digest: str) -> str:
    """Where a blob lives."""
    return f"models/{model}/blobs/{digest}"


def digest_file(path: Path) -> Artifact:
    """The SHA-256 and size of a file."""
    digest, size = sha256(), 0
    for chunk in chunks_of(path):
        digest.update(chunk)
        size += len(chunk)
    return Artifact(digest.hexdigest(), size)


def write_blob(store: Store, model: str, blob: Artifact, chunks: Iterable[bytes]) -> None:
    """Upload a blob unless a young one is there; an old one is written again, so that no collection can take it away
    meanwhile.
    """
    key = blob_key(model, blob.sha256)
    try:
        found = store.head(key)
    except FileNotFoundError:
        found = None
    if found is None or found.size != blob.size or time.time() - found.modified > GRACE_SECONDS / 2:
        store.put(key, chunks)


def stream_blob(store: Store, model: str, blob: Artifact, progress: Progress | None = None) -> Iterator[bytes]:
    """Read a blob in chunks; after the last one, raises CorruptObject naming the digest if it was not what it should
    be.

    So nothing may be made of the chunks before the iterator has ended.
    """
    digest, size = sha256(), 0
    try:
        for chunk in store.stream(blob_key(model, blob.sha256)):
            digest.update(chunk)
            size += len(chunk)
            if size > blob.size:
                break
            yield chunk
            if progress:
                progress(len(chunk))
    except FileNotFoundError:
        raise CorruptObject(f"Artifact sha256:{blob.sha256} of model {model!r} is missing in {store.url}.") from None
    if size != blob.size or digest.hexdigest() != blob.sha256:
        raise CorruptObject(
            f"Artifact sha256:{blob.sha256} of model {model!r} is damaged in {store.url}: "
            f"read {size} of {blob.size} bytes with sha256:{digest.hexdigest()}."
        )


def read_blob(store: Store, model: str, blob: Artifact) -> bytes:
    """Read a whole blob, verified; raises CorruptObject naming the digest."""
    return b"".join(stream_blob(store, model, blob))


def split_bytes(data: bytes) -> Iterator[bytes]:
    """Cut bytes into chunks of CHUNK_BYTES."""
    return (data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES))
