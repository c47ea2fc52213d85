"""Folds for cross-validation: every row is checked once, by an estimator that has not learnt from it; by time, by one
that has learnt from earlier rows alone.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.splitting.methods import Method, method_of
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def folds(table: Table, method: Method | None, count: int, seed: int) -> "list[tuple[Array, Array]]":
    """The positions to learn from and to check on, for each of `count` folds; raises InvalidJob where that cannot be.

    https://scikit-learn.org/stable/modules/cross_validation.html
    """
    method = method_of(method, table)
    if method == "time":
        return _in_time(table, count)
    _check(table, method, count)
    return [(learnt, checked) for learnt, checked in _splitter(table, method, count, seed)]


def _splitter(table: Table, method: Method, count: int, seed: int) -> Any:
    import numpy as np
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    rows, drawn = np.empty(len(table)), {"shuffle": True, "random_state": seed}
    if method == "random":
        return KFold(count, **drawn).split(rows)
    if method == "stratified":
        return StratifiedKFold(count, **drawn).split(rows, table.truth)
    assert table.groups is not None  # for so says method_of
    _, groups = np.unique(table.groups, return_inverse=True)
    if table.task == "regression":
        return GroupKFold(count, **drawn).split(rows, groups=groups)
    return StratifiedGroupKFold(count, **drawn).split(rows, table.truth, groups)


def _check(table: Table, method: Method, count: int) -> None:
    import numpy as np

    if method == "stratified":
        classes, counts = np.unique(table.truth, return_counts=True)
        if counts.min() < count:
            rarest = classes[counts.argmin()].item()
            raise InvalidJob(f"{count} folds need as many rows of each class, and {rarest!r} has {counts.min()}.")
    elif table.groups is not None and method == "grouped" and (found := len(np.unique(table.groups))) < count:
        raise InvalidJob(f"{count} folds need as many groups, and there are {found}.")
    elif len(table) < count:
        raise InvalidJob(f"{count} folds need as many rows, and there are {len(table)}.")


def _in_time(table: Table, count: int) -> "list[tuple[Array, Array]]":
    import numpy as np

    assert table.moments is not None  # for so says method_of
    _, at = np.unique(table.moments, return_inverse=True)  # rows of one moment stay together
    ends = np.cumsum(np.bincount(at))
    marks = np.searchsorted(ends, np.arange(1, count + 1) * len(table) / (count + 1), side="left") + 1
    marks = np.append(marks, len(ends))
    found = [(np.flatnonzero(at < begin), np.flatnonzero((at >= begin) & (at < end))) for begin, end in pairwise(marks)]
    if not all(len(checked) for _, checked in found):
        raise InvalidJob(f"{count} folds by time need at least {count + 1} moments of about as many rows each.")
    return found
