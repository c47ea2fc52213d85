"""The schema of a table, to be shown before a run and kept with the version that comes of it."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from modelet.train.table import Field, Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

EXAMPLES = 3
SHOWN = 40
"""As many letters are shown of a text."""


@dataclass(frozen=True, slots=True)
class Described:
    """A column: its kind, or the task where it is the target; the number of distinct values and of missing ones; its
    range, or its most frequent values.
    """

    name: str
    kind: str
    distinct: int
    missing: int
    values: str

    def to_json(self) -> dict[str, Any]:
        """The description as the lineage keeps it."""
        return asdict(self)


def describe(table: Table) -> tuple[Described, ...]:
    """Every field of a table in its order, and the target at last."""
    columns = [_described(field, column) for field, column in table.columns()]
    truth = table.truth if table.task == "regression" else table.truth.astype(str).astype(object)
    target = Field(table.target, numeric=table.task == "regression")
    found = _described(target, truth)
    return (*columns, Described(table.target, f"target ({table.task})", found.distinct, found.missing, found.values))


def _described(field: Field, column: "Array") -> Described:
    import numpy as np
    import pandas as pd

    absent = np.isnan(column) if field.numeric else column == ""
    there = column[~absent]
    missing = int(absent.sum())
    if field.kind == "number" and field.numeric:
        ends = f"{there.min():g} … {there.max():g}" if len(there) else ""
        return Described(field.name, field.kind, len(np.unique(there)), missing, ends)
    counts = pd.Series(there).value_counts(sort=False)  # in the order in which the values come first
    most = counts.sort_values(ascending=False, kind="stable").index[:EXAMPLES]
    return Described(field.name, field.kind, len(counts), missing, ", ".join(map(_shown, most.tolist())))


def _shown(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
