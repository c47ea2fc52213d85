"""Parquet: typed columns, read by row groups."""

from collections.abc import Iterator

from modelet.train.data.chunks import Chunk
from modelet.train.data.description import Data
from modelet.train.data.objects import Object, reading

ROWS = 16_384
"""In one chunk."""


def read_parquet(found: Object, data: Data) -> Iterator[Chunk]:
    """The rows of a Parquet object; columns that the job does not need are not, and have nulls. Raises InvalidJob."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    with reading(found, "parquet"), found.seekable() as file, ParquetFile(file) as opened:
        names = opened.schema_arrow.names
        needed, first = list(filter(data.may_need, names)), 1
        for batch in opened.iter_batches(ROWS, columns=needed):
            columns = {name: batch[name] if name in needed else pa.nulls(len(batch)) for name in names}
            yield Chunk(found.url, range(first, first + len(batch)), pa.RecordBatch.from_pydict(columns))
            first += len(batch)
