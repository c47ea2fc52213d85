"""The rows that a job learns from, as every step after reading them sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

import orjson

from modelet.train.task import Task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Rows = Any
"""An array or a data frame, as `Table` says."""

Kind = Literal["number", "category", "text"]


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
    has each row's class (INT64 or str), or its number (FP64). `groups` and `moments` belong to splits by them.
    """

    source: str
    fields: tuple[Field, ...]
    rows: Rows
    truth: "Array"
    task: Task
    groups: "Array | None" = None
    moments: "Array | None" = None

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

    def take(self, at: "Array") -> "Table":
        """The rows at some positions, in their order."""
        return replace(
            self,
            rows=self.rows[at] if self.is_matrix else self.rows.iloc[at].reset_index(drop=True),
            truth=self.truth[at],
            groups=None if self.groups is None else self.groups[at],
            moments=None if self.moments is None else self.moments[at],
        )

    def digest(self, at: "Array | None" = None) -> str:
        """The SHA-256 of the rows, or of those at some positions, in their order; the same on every machine."""
        table = self if at is None else self.take(at)
        names = [field.name for field in self.fields]
        found = sha256(orjson.dumps({"columns": names, "shape": [len(table), len(names)]}))
        found.update(orjson.dumps(table.truth.tolist()))
        for block in _blocks(table):
            found.update(block)
        return found.hexdigest()


def _blocks(table: Table) -> Sequence[bytes]:
    rows = table.rows
    if table.is_matrix:
        return [rows.astype("<f4", order="C").tobytes()]
    return [
        rows[field.name].to_numpy().astype("<f4").tobytes()
        if field.numeric
        else orjson.dumps(rows[field.name].tolist())
        for field in table.fields
    ]
