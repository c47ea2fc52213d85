"""CSV: every value is text here, for what a column holds shows only when all of it was seen."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from modelet.errors import InvalidJob
from modelet.train.data.chunks import Chunk
from modelet.train.data.description import Data
from modelet.train.data.objects import Object, reading

BLOCK_BYTES = 4 << 20
"""What is parsed at once; a single row may not be longer."""
HEADER_BYTES = 1 << 20


def read_csv(found: Object, data: Data) -> Iterator[Chunk]:
    """The rows of a CSV object with a header; quotes may hold line ends. Raises InvalidJob."""
    from pyarrow import PythonFile
    from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, open_csv

    with reading(found, "csv"), _long_rows(found):
        stream = io.BufferedReader(_Whole(found.stream()), HEADER_BYTES)
        types = _types(found, stream, data.delimiter)
        batches = open_csv(
            PythonFile(stream, mode="r"),
            ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
            ParseOptions(delimiter=data.delimiter, newlines_in_values=True),
            ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=True),
        )
        first = 1
        for batch in batches:
            if batch.num_rows:
                yield Chunk(found.url, range(first, first + batch.num_rows), batch, frozenset(types))
                first += batch.num_rows


@contextmanager
def _long_rows(found: Object) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except pa.ArrowInvalid as error:
        if "straddling" not in str(error):
            raise
        raise InvalidJob(
            f"A row of {found.url} is longer than {BLOCK_BYTES >> 20} MB: is a quote open that is never closed?"
        ) from None


def _types(found: Object, stream: Any, delimiter: str) -> dict[str, Any]:
    import pyarrow as pa

    head = stream.peek(HEADER_BYTES)
    text = head.decode("utf-8-sig", errors="replace")
    names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    if not names:
        raise InvalidJob(f"{found.url} is empty: it has no header and no row.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidJob(f"The header of {found.url} names {twice!r} twice.")
    return dict.fromkeys(names, pa.string())


class _Whole(io.RawIOBase):
    # What the decompressed stream of pyarrow lacks for a buffered reader.
    def __init__(self, source: Any) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
