"""Rows on their way from a source to a table: in chunks, which are kept in a temporary file where there are many."""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from modelet.train.disk import disk_room, temporary_file

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Batch = Any
"""A pyarrow.RecordBatch."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one object: `origin` is its name, and `numbers` are those of the rows in it, from 1. Columns in
    `plain` are text because their format has nothing else: digits in them are numbers. Where each row `has_keys` of its
    own, a column may be lacking. `target` is the one that the format itself has.
    """

    origin: str
    numbers: "range | Array"
    batch: Batch
    plain: frozenset[str] = frozenset()
    has_keys: bool = False
    target: str | None = None

    def where(self, at: int) -> str:
        """How to find a row again."""
        return f"row {self.numbers[at]} of {self.origin}"

    def column(self, name: str) -> Any:
        """The values of a column; nulls where the chunk lacks it."""
        import pyarrow as pa

        return self.batch[name] if name in self.batch.schema.names else pa.nulls(len(self.numbers))

    def only(self, columns: dict[str, Any]) -> "Chunk":
        """The same rows with these columns."""
        import pyarrow as pa

        return replace(self, batch=pa.RecordBatch.from_pydict(columns))

    def take(self, at: "Array") -> "Chunk":
        """The rows at some positions, in their order."""
        import numpy as np

        return replace(self, numbers=np.asarray(self.numbers)[at], batch=self.batch.take(at))


class Spool(AbstractContextManager["Spool"]):
    """Chunks that can be read more than once; those that do not fit a number of bytes lie in a temporary file."""

    def __init__(self, budget: int) -> None:
        self._left = budget
        self._kept: list[tuple[Chunk, int | None]] = []
        self._open = ExitStack()
        self._file: IO[bytes] | None = None

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def on_disk(self) -> int:
        """The number of chunks that did not fit."""
        return sum(at is not None for _, at in self._kept)

    def add(self, chunk: Chunk) -> None:
        """Keep a chunk; raises OutOfMemory where the disk is full."""
        size = chunk.batch.nbytes
        if size <= self._left:
            self._left -= size
            self._kept.append((chunk, None))
        else:
            self._left = 0
            self._kept.append((replace(chunk, batch=None), self._written(chunk.batch)))

    def chunks(self) -> Iterator[Chunk]:
        """All chunks, in their order."""
        import pyarrow as pa

        for chunk, at in self._kept:
            if at is None:
                yield chunk
                continue
            assert self._file is not None
            self._file.seek(at)
            with pa.ipc.open_stream(pa.PythonFile(self._file, mode="r")) as reader:
                yield replace(chunk, batch=reader.read_next_batch())

    def _written(self, batch: Batch) -> int:
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        if self._file is None:
            self._file = self._open.enter_context(temporary_file())
        with disk_room():
            at = self._file.seek(0, io.SEEK_END)
            self._file.write(sink.getvalue())
            self._file.flush()
        return at
