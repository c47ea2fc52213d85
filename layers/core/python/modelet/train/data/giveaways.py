"""Columns that give the target away: one alone predicts it nearly perfectly, on rows that its rule has not seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

NEARLY = 0.99
"""Of classes the share that is told right, of numbers R²."""
BEYOND = 0.95
"""How much of what the most frequent class leaves wrong must be told right, too."""
ROWS = 8000
"""As many are looked at: half of them to make a rule, half to check it."""
GLANCE = 400
"""So few tell of most columns that they give nothing away."""
PROMISING = 0.9
FEWEST = 40
"""With fewer rows to check a rule on, it proves nothing."""


@dataclass(frozen=True, slots=True)
class Giveaway:
    """A column, how well it alone predicts the target, on how many rows, and that in words."""

    column: str
    score: float
    rows: int
    evidence: str


def find_giveaways(table: Table, learnt: "Array") -> Iterator[Giveaway]:
    """The columns that give the target away, as the rows to learn from tell. Texts are none, nor is the only column
    that there is: there, predicting by it is what the job is about.
    """
    if len(table.fields) < 2:
        return
    some = _some(table, learnt, ROWS)
    half = len(some) // 2
    if half < FEWEST:
        return
    truth, is_regression = _numbered(some), table.task == "regression"
    usual = 0.0 if is_regression else _usual(truth[half:])
    glance = min(GLANCE, half)
    for field, values in some.columns():
        if field.kind == "text":
            continue
        column = _codes(values)
        near = _nearest(column[:glance], truth[:glance], column[half : half + glance])
        if _score(truth[half : half + glance], near, is_regression) < PROMISING:
            continue
        score = _score(truth[half:], _ruled(column[:half], truth[:half], column[half:], is_regression), is_regression)
        if score >= NEARLY and (score - usual) >= BEYOND * (1 - usual):
            yield Giveaway(field.name, score, len(truth) - half, _words(table, score, len(truth) - half, usual))


def _words(table: Table, score: float, rows: int, usual: float) -> str:
    if table.task == "regression":
        return f"a rule of it alone has R² {score:.4f} on {rows} rows that it was not made from"
    return (
        f"a rule of it alone tells {score:.2%} of {rows} rows right that it was not made from (guessing, {usual:.2%})"
    )


def _some(table: Table, learnt: "Array", count: int) -> Table:
    import numpy as np

    return table.take(np.random.default_rng(0).permutation(learnt)[:count])


def _numbered(table: Table) -> "Array":
    import numpy as np

    if table.task == "regression":
        return table.truth
    return np.unique(table.truth, return_inverse=True)[1]


def _usual(truth: "Array") -> float:
    import numpy as np

    return float(np.bincount(truth).max() / len(truth))


def _codes(column: "Array") -> "Array":
    # Numbers in their order; categories in one that their names make, which a tree of many leaves tells apart, too.
    import numpy as np

    if column.dtype == object:
        return np.unique(column.astype(str), return_inverse=True)[1].astype(np.float32)
    return np.where(np.isnan(column), np.float32(-3e38), column)


def _nearest(column: "Array", truth: "Array", asked: "Array") -> "Array":
    # The truth of the row whose value comes next below: as good as any rule where a column tells nearly all, and quick.
    import numpy as np

    order = np.argsort(column, kind="stable")
    found: Array = truth[order[np.searchsorted(column[order], asked, "right").clip(1) - 1]]
    return found


def _ruled(column: "Array", truth: "Array", asked: "Array", is_regression: bool) -> "Array":
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    options = {"min_samples_leaf": 2, "random_state": 0}
    rule = DecisionTreeRegressor(**options) if is_regression else DecisionTreeClassifier(**options)
    found: Array = rule.fit(column[:, None], truth).predict(asked[:, None])
    return found


def _score(truth: "Array", told: "Array", is_regression: bool) -> float:
    import numpy as np

    if not is_regression:
        return float((truth == told).mean())
    return float(1 - ((truth - told) ** 2).sum() / max(((truth - truth.mean()) ** 2).sum(), np.finfo(float).tiny))
