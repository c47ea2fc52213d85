"""Which fields a model's answers lean on: one is shuffled among the held-out rows, and what that costs is measured.

L. Breiman, Random Forests (2001), section 10; https://scikit-learn.org/stable/modules/permutation_importance.html
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from modelet.train.answers import Answers
from modelet.train.evaluation.classification import class_scorer, surprise
from modelet.train.stages import Progress, ignore
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    from modelet.train.evaluation.evaluating import Evaluation

    Array = np.ndarray[Any, Any]

Ask = Callable[[Table], Answers]
"""Answers the rows of a table, as the candidate does."""

MOST_ROWS, FEWEST_ROWS = 2000, 100
MOST_ASKED = 100_000
"""How many rows the candidate is asked in all, unless the fewest rows of every field are more."""
REPEATS = 5


class Importance(NamedTuple):
    """By how much the mean cost of an answer grows when the values of a field are shuffled, and how much that varies
    from one repetition to the next.
    """

    field: str
    cost: float
    spread: float


def explained(evaluation: "Evaluation", ask: Ask, seed: int = 0, progress: Progress = ignore) -> "Evaluation":
    """The same evaluation with the importance of each field, the most important first; of a single field, and of a
    model without metrics, there is nothing to tell.
    """
    held = evaluation.held
    if len(held.fields) < 2 or evaluation.unanswered:
        return evaluation
    import numpy as np

    random = np.random.default_rng(seed)
    fields, rows = len(held.fields), _rows(held)
    sample = held.take(np.sort(random.permutation(len(held))[:rows]))
    usual = costs(sample, ask(sample), evaluation.classes).mean()
    repeats = max(1, min(REPEATS, MOST_ASKED // (rows * fields)))
    repeated = sample.take(np.tile(np.arange(rows), repeats))
    found = []
    for place, field in enumerate(held.fields):
        order = np.concatenate([random.permutation(rows) for _ in range(repeats)])
        shuffled = _shuffled(repeated, place, order)
        cost = costs(shuffled, ask(shuffled), evaluation.classes).reshape(repeats, rows).mean(axis=1) - usual
        found.append(Importance(field.name, round(float(cost.mean()), 6), round(float(cost.std()), 6)))
        progress((place + 1) / fields)
    return replace(evaluation, importance=tuple(sorted(found, key=lambda each: -each.cost)))


def costs(table: Table, answers: Answers, classes: "Array | None") -> "Array":
    """What each answer costs: the log loss of a class in nats, one for a wrong class without probabilities, and the
    squared error of a number.
    """
    import numpy as np

    if table.task == "regression":
        squares: Array = (answers.predicted.astype(np.float64).reshape(-1) - table.truth) ** 2
        return squares
    scorer = class_scorer(table.truth, answers, (table.classes if classes is None else classes).tolist(), ranked=False)
    if scorer.shares is None:
        wrong: Array = (scorer.truth != scorer.predicted).astype(np.float64)
        return wrong
    return surprise(scorer.shares[np.arange(len(table)), scorer.truth])


def _rows(held: Table) -> int:
    return min(len(held), MOST_ROWS, max(FEWEST_ROWS, MOST_ASKED // len(held.fields)))


def _shuffled(table: Table, place: int, order: "Array") -> Table:
    # The first rows are the sample itself, from which every repetition takes its values in an order of its own.
    rows = table.rows.copy()
    if table.is_matrix:
        rows[:, place] = rows[order, place]
    else:
        name = table.fields[place].name
        rows[name] = rows[name].to_numpy()[order]
    return replace(table, rows=rows)
