"""Local files as the sources of blobs, with what has become of their bytes told to whoever waits."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

from modelet.manifest import Artifact
from modelet.registry.blobs import Source
from modelet.store.base import Progress, chunks_of


class Transfer(Protocol):
    """Told how many bytes there will be, once that is known, and then of every byte once."""

    def expect(self, total: int) -> None:
        """There will be so many bytes in all."""

    def advance(self, count: int) -> None:
        """So many more bytes are where they should be."""


@contextmanager
def uploading(files: Mapping[Artifact, Path], transfer: Transfer | None) -> Iterator[dict[str, Source]]:
    """Sources by digest; bytes that the store had already are told of at the end."""
    if transfer:
        transfer.expect(sum(blob.size for blob in files))
    told = {blob: _once(blob.size, transfer.advance if transfer else lambda _: None) for blob in files}
    yield {blob.sha256: partial(chunks_of, path, told[blob]) for blob, path in files.items()}
    for blob in files:
        told[blob](blob.size)


def _once(total: int, progress: Progress) -> Callable[[int], None]:
    # A blob may be read again after a failure, or not at all where the store has it.
    left = total

    def advance(size: int) -> None:
        nonlocal left
        step = min(size, left)
        left -= step
        if step:
            progress(step)

    return advance
