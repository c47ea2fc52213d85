"""The rows that a job learns from, as every step after reading them sees them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import orjson

from modelet.train.disk import matrix_on_disk
from modelet.train.task import Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Rows = Any
"""An array or a data frame, as `Table` says."""

Kind = Literal["number", "category", "text"]
BLOCK_ROWS = 8192
"""As many rows are looked at in one go."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column that the model sees: what it is called and what its values are. A category may be `numeric`."""

    name: str
    kind: Kind = "number"
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and what they are to lead to.

    `rows` is FP32 of shape [n, fields] where every field is numeric, missing values being NaN; else a data frame with
    the fields' names, FP32 columns for numeric ones and columns of str for others, whose missing values are "". `truth`
    has each row's class (INT64 or str), or its number (FP64). `groups` and `moments` belong to splits by them. `notes`
    is what the user should know of how the rows came about.
    """

    source: str
    fields: tuple[Field, ...]
    rows: Rows
    truth: "Array"
    task: Task
    groups: "Array | None" = None
    moments: "Array | None" = None
    target: str = "target"
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def is_matrix(self) -> bool:
        """Whether one tensor holds a row: every field is numeric."""
        return all(field.numeric for field in self.fields)

    @property
    def classes(self) -> "Array":
        """The classes in their order, of shape [classes]; those that a classifier of scikit-learn has."""
        import numpy as np

        return np.unique(self.truth)

    def columns(self) -> "Iterator[tuple[Field, Array]]":
        """Each field with its values, of shape [n]."""
        is_matrix = self.is_matrix
        for at, field in enumerate(self.fields):
            yield field, self.rows[:, at] if is_matrix else self.rows[field.name].to_numpy()

    def take(self, at: "Array") -> "Table":
        """The rows at some positions, in their order."""
        return replace(
            self,
            rows=_rows_at(self.rows, at) if self.is_matrix else self.rows.iloc[at].reset_index(drop=True),
            truth=self.truth[at],
            groups=None if self.groups is None else self.groups[at],
            moments=None if self.moments is None else self.moments[at],
        )

    def digest(self, at: "Array | None" = None) -> str:
        """The SHA-256 of the rows, or of those at some positions, in their order; the same on every machine, and for
        every format that they came in.
        """
        table = self if at is None else self.take(at)
        names = [field.name for field in self.fields]
        found = sha256(orjson.dumps({"columns": names, "shape": [len(table), len(names)]}))
        found.update(orjson.dumps(table.truth.tolist()))
        for block in _blocks(table):
            found.update(block)
        return found.hexdigest()


def _blocks(table: Table) -> Iterator[bytes]:
    rows = table.rows
    if table.is_matrix:
        for at in range(0, len(rows), BLOCK_ROWS):
            yield _bytes(rows[at : at + BLOCK_ROWS])
        return
    for field in table.fields:
        column = rows[field.name].to_numpy()
        for at in range(0, len(column), BLOCK_ROWS):
            block = column[at : at + BLOCK_ROWS]
            yield _bytes(block) if field.numeric else orjson.dumps(block.tolist())


def _bytes(numbers: "Array") -> bytes:
    import numpy as np

    # There are many NaN, and formats differ in the one that they hold.
    return np.where(np.isnan(numbers), np.float32(np.nan), numbers).astype("<f4").tobytes()


def _rows_at(rows: "Array", at: "Array") -> "Array":
    import numpy as np

    if not isinstance(rows, np.memmap):
        return rows[at]
    return matrix_on_disk((rows[at[i : i + BLOCK_ROWS]] for i in range(0, len(at), BLOCK_ROWS)), rows.shape[1])
