"""Content-addressed blobs of one model: written if absent, verified on every read, never changed."""

import time
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from modelet.errors import CorruptObject
from modelet.manifest import Artifact
from modelet.phases import enter
from modelet.store.base import Progress, Store, chunks_of

if TYPE_CHECKING:
    from pathlib import Path

GRACE_SECONDS = 24 * 3600.0
"""How long a blob that nothing names is left alone: its manifest may be on its way."""

FRESH_SECONDS = 3600.0
"""How long a blob that is there is relied on; an older one is written again, so that its grace begins anew."""

Source = Callable[[], Iterable[bytes]]
"""Opens a blob's content; called only when it has to be uploaded, and again when it has to be uploaded again."""


def blob_key(model: str, digest: str) -> str:
    """Where a blob lives."""
    return f"models/{model}/blobs/{digest}"


def digest_file(path: "Path") -> Artifact:
    """The SHA-256 and size of a file."""
    digest, size = sha256(), 0
    for chunk in chunks_of(path):
        digest.update(chunk)
        size += len(chunk)
    return Artifact(digest.hexdigest(), size)


def write_blob(store: Store, model: str, blob: Artifact, source: Source) -> None:
    """Upload a blob unless a fresh one is there.

    Raises CorruptObject, and writes nothing, where the source is not what its digest says.
    """
    key = blob_key(model, blob.sha256)
    try:
        found = store.head(key)
    except FileNotFoundError:
        found = None
    if found is None or found.size != blob.size or time.time() - found.modified > FRESH_SECONDS:
        store.put(key, _verified(source(), blob, f"Artifact sha256:{blob.sha256} of model {model!r} cannot be written"))


def stream_blob(store: Store, model: str, blob: Artifact, progress: Progress | None = None) -> Iterator[bytes]:
    """Read a blob in chunks; after the last one, raises CorruptObject naming the digest if it was not what it should
    be.

    So nothing may be made of the chunks before the iterator has ended.
    """
    name = f"Artifact sha256:{blob.sha256} of model {model!r}"
    try:
        for chunk in _verified(store.stream(blob_key(model, blob.sha256)), blob, f"{name} is damaged in {store.url}"):
            yield chunk
            if progress:
                progress(len(chunk))
    except FileNotFoundError:
        raise CorruptObject(f"{name} is missing in {store.url}.") from None


def read_blob(store: Store, model: str, blob: Artifact) -> bytes:
    """Read a whole blob, verified; raises CorruptObject naming the digest."""
    return b"".join(stream_blob(store, model, blob))


def _verified(chunks: Iterable[bytes], blob: Artifact, problem: str) -> Iterator[bytes]:
    digest, size = sha256(), 0
    for chunk in chunks:
        enter("verify")
        digest.update(chunk)
        enter("fetch")
        size += len(chunk)
        if size > blob.size:
            break
        yield chunk
    if size != blob.size or digest.hexdigest() != blob.sha256:
        raise CorruptObject(f"{problem}: read {size} of {blob.size} bytes with sha256:{digest.hexdigest()}.")
