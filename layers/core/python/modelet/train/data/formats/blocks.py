"""Arrays of rows as record batches, for the formats that have no names of columns."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

BLOCK_BYTES = 8 << 20


def rows_in(row_bytes: int) -> int:
    """How many rows of so many bytes are read at once."""
    return max(1, BLOCK_BYTES // max(1, row_bytes))


def batch_of(rows: "Array", truth: "Array", name: str, target: str) -> Any:
    """A record batch with the columns `name_0` …, each row flattened, and the target of shape [n] at last."""
    import numpy as np
    import pyarrow as pa

    flat = np.ascontiguousarray(rows.reshape(len(rows), -1).T)
    columns = {f"{name}_{at}": pa.array(column) for at, column in enumerate(flat)}
    return pa.RecordBatch.from_pydict({**columns, target: pa.array(truth)})
