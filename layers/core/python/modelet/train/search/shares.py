"""A share of the learning rows, for trials that are to be quick."""

from typing import TYPE_CHECKING, Any

from modelet.train.splitting import Method
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def some_rows(table: Table, share: float, method: Method | None, seed: int) -> Table:
    """A share of the rows, in their order, each class in proportion; by time it is the newest. A larger share has all
    rows that a smaller one has.
    """
    import numpy as np

    if share >= 1:
        return table
    order = np.random.default_rng(seed).permutation(len(table))
    parts = [order] if table.task == "regression" else _by_class(table, order)
    if method == "time" and table.moments is not None:
        parts = [np.argsort(table.moments, kind="stable")[::-1]]
    return table.take(np.sort(np.concatenate([part[: max(1, round(share * len(part)))] for part in parts])))


def _by_class(table: Table, order: "Array") -> "list[Array]":
    return [order[table.truth[order] == label] for label in table.classes]
