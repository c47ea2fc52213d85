"""What would make a model look better than it is: rows on both sides of a split, and columns that know the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from modelet.errors import InvalidJob
from modelet.train.data.description import Data
from modelet.train.data.duplicates import row_keys
from modelet.train.data.giveaways import find_giveaways
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that was found. `count` is a number of rows, of which `share` is a part of 1; of a giveaway, the share
    of rows that its column alone tells right, or R².
    """

    kind: Literal["duplicates", "contradictions", "giveaway"]
    message: str
    count: int
    share: float
    column: str | None = None


def find_leaks(table: Table, learnt: "Array", held: "Array") -> tuple[Leak, ...]:
    """What a table and its split leak; held-out rows are compared with the others, and nothing is fitted to them."""
    keys = row_keys(table)
    return (*_duplicates(keys, learnt, held), *_contradictions(table, keys), *_giveaways(table, learnt))


def check_leaks(data: Data, leaks: Sequence[Leak]) -> None:
    """Raise InvalidJob for columns that give the target away, unless the job says that they may."""
    giveaways = [leak for leak in leaks if leak.kind == "giveaway"]
    if not giveaways or data.leaks == "warn":
        return
    names = ", ".join(leak.column or "" for leak in giveaways)
    raise InvalidJob(
        f"{' '.join(leak.message for leak in giveaways)} A model would learn only that: drop it by data.drop: "
        f"[{names}], or set data.leaks: warn."
    )


def _duplicates(keys: "Array", learnt: "Array", held: "Array") -> list[Leak]:
    import numpy as np

    count = int(np.isin(keys[held], keys[learnt]).sum())
    if not count:
        return []
    share = count / len(held)
    return [
        Leak(
            "duplicates",
            f"{count} of {len(held)} held-out rows ({share:.1%}) are also among those to learn from; "
            "data.deduplicate: true leaves repeated rows out.",
            count,
            share,
        )
    ]


def _contradictions(table: Table, keys: "Array") -> list[Leak]:
    import numpy as np

    if table.task == "regression":
        return []
    _, rows = np.unique(keys, return_inverse=True)
    _, classes = np.unique(table.truth, return_inverse=True)
    pairs = np.unique(np.column_stack([rows, classes]), axis=0)
    told = np.bincount(pairs[:, 0])
    count = int((told[rows] > 1).sum())
    if not count:
        return []
    share = count / len(table)
    return [
        Leak(
            "contradictions",
            f"{count} rows ({share:.1%}) are equal to one of another {table.target!r}: no model can tell them apart.",
            count,
            share,
        )
    ]


def _giveaways(table: Table, learnt: "Array") -> list[Leak]:
    return [
        Leak(
            "giveaway",
            f"Column {found.column!r} alone gives the target {table.target!r} away: {found.evidence}.",
            found.rows,
            found.score,
            found.column,
        )
        for found in find_giveaways(table, learnt)
    ]
