"""How rows are held out: at random, by class, by group or by time."""

from collections.abc import Callable, Mapping
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

from modelet.errors import InvalidJob
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Method = Literal["random", "stratified", "grouped", "time"]


def method_of(method: Method | None, table: Table) -> Method:
    """The method, or the usual one of the table's task; raises InvalidJob where the table has not what it takes."""
    if method is None:
        return "random" if table.task == "regression" else "stratified"
    if method == "stratified" and table.task == "regression":
        raise InvalidJob(f"split.method stratified needs classes, and the target {table.target!r} holds numbers.")
    if method == "grouped" and table.groups is None:
        raise InvalidJob("split.method grouped needs data.group, the column that says which rows belong together.")
    if method == "time" and table.moments is None:
        raise InvalidJob("split.method time needs data.time, the column that says when a row was true.")
    return method


def _random(table: Table, share: float, seed: int) -> "tuple[Array, Array]":
    return _drawn(table, share, seed, None)


def _stratified(table: Table, share: float, seed: int) -> "tuple[Array, Array]":
    import numpy as np

    classes, counts = np.unique(table.truth, return_counts=True)
    if counts.min() < 2:
        raise InvalidJob(
            f"The rows cannot be split as the job says (stratified): class {classes[counts.argmin()].item()!r} has one "
            "row only. Leave it out, or split by method random."
        )
    held_out = ceil(share * len(table))
    if min(held_out, len(table) - held_out) < len(classes):
        raise InvalidJob(
            f"The rows cannot be split as the job says (stratified): of {len(table)}, held_out: {share:g} holds out "
            f"{held_out}, and each of the {len(classes)} classes needs a row on both sides. Set split.held_out "
            "nearer to 0.5, bring more rows, or split by method random."
        )
    return _drawn(table, share, seed, table.truth)


def _drawn(table: Table, share: float, seed: int, classes: "Array | None") -> "tuple[Array, Array]":
    import numpy as np
    from sklearn.model_selection import train_test_split

    held_out = ceil(share * len(table))
    if held_out == len(table):
        raise InvalidJob(
            f"The rows cannot be split as the job says (random): of {len(table)}, held_out: {share:g} leaves none to "
            "learn from. Hold out less, or bring more rows."
        )
    learnt, held = train_test_split(np.arange(len(table)), test_size=held_out, random_state=seed, stratify=classes)
    return learnt, held


def _grouped(table: Table, share: float, seed: int) -> "tuple[Array, Array]":
    import numpy as np

    assert table.groups is not None  # for so says method_of
    names, at, sizes = np.unique(table.groups, return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise InvalidJob(f"All rows are of the group {names[0].item()!r}: there is none to hold out.")
    order = np.random.default_rng(seed).permutation(len(names))
    ends = np.cumsum(sizes[order])
    # As many whole groups as come closest to the share.
    count = int(np.abs(ends - share * len(table)).argmin()) + 1
    chosen = np.isin(at, order[: min(count, len(names) - 1)])
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _by_time(table: Table, share: float, seed: int) -> "tuple[Array, Array]":  # noqa: ARG001 - nothing is drawn
    import numpy as np

    moments = table.moments
    assert moments is not None
    first = np.sort(moments)[len(moments) - max(1, round(share * len(moments)))]
    # Rows of one moment stay on one side.
    return np.flatnonzero(moments < first), np.flatnonzero(moments >= first)


HOLDING_OUT: Mapping[Method, Callable[[Table, float, int], "tuple[Array, Array]"]] = {
    "random": _random,
    "stratified": _stratified,
    "grouped": _grouped,
    "time": _by_time,
}
