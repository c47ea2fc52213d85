"""Rows that are equal in every field."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

ROWS = 8192


def row_keys(table: Table) -> "Array":
    """A number of 64 bits for each row, of shape [n]: equal for rows that are equal in every field."""
    import numpy as np

    keys = np.empty(len(table), np.uint64)
    for at, block in _blocks(table):
        digests = b"".join(blake2b(row, digest_size=8).digest() for row in block)
        keys[at : at + len(block)] = np.frombuffer(digests, np.uint64)
    return keys


def first_of_each(table: Table) -> "Array":
    """The positions of the rows that no earlier row is equal to, in their order."""
    import numpy as np

    _, first = np.unique(row_keys(table), return_index=True)
    return np.sort(first)


def _blocks(table: Table) -> "Iterator[tuple[int, Array]]":
    import numpy as np

    codes = None if table.is_matrix else _codes(table)
    for at in range(0, len(table), ROWS):
        if codes is not None:
            yield at, codes[at : at + ROWS]
        else:
            block = np.ascontiguousarray(table.rows[at : at + ROWS]) + np.float32(0)  # of -0.0, too
            yield at, np.where(np.isnan(block), np.float32(np.nan), block)


def _codes(table: Table) -> "Array":
    import numpy as np
    import pandas as pd

    return np.column_stack([pd.factorize(table.rows[field.name])[0] for field in table.fields])
