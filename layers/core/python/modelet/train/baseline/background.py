"""A few rows that were learnt from, against which an explanation sets a prediction."""

from io import BytesIO
from typing import TYPE_CHECKING, Any

from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MOST_ROWS = 200


def background(learning: Table, seed: int) -> bytes:
    """Some rows as an NPZ file, the same bytes for the same seed: `columns` are the names of the fields, `truth` what
    the rows led to, and `rows` is FP32 of shape [n, fields]; or, where some are no numbers, each field by itself is
    `column_0`, `column_1` and so on, as numbers or text. Nothing in it is pickled.
    """
    import numpy as np

    order = np.random.default_rng(seed).permutation(len(learning))[:MOST_ROWS]
    sample = learning.take(np.sort(order))
    written = BytesIO()
    np.savez_compressed(
        written,
        allow_pickle=False,
        columns=np.array([field.name for field in sample.fields]),
        truth=_plain(sample.truth),
        **_rows(sample),
    )
    return written.getvalue()


def _rows(sample: Table) -> "dict[str, Array]":
    import numpy as np

    if sample.is_matrix:
        return {"rows": sample.rows}
    columns = (np.asarray(sample.rows[field.name]) for field in sample.fields)
    return {f"column_{place}": _plain(values) for place, values in enumerate(columns)}


def _plain(values: "Array") -> "Array":
    return values.astype(str) if values.dtype.kind == "O" else values
