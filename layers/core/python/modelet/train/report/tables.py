"""What a report tells in tables: metrics and classes with their intervals, the worst errors, trials, lineage."""

from collections.abc import Mapping, Sequence
from typing import Any

from modelet.train.evaluation.bootstrap import Interval
from modelet.train.evaluation.catalogue import metrics_of
from modelet.train.evaluation.errors import worst
from modelet.train.evaluation.evaluating import Evaluation
from modelet.train.report.markup import EMPTY, Markup, element, number, shown, table
from modelet.train.report.thumbnails import side_of, thumbnail

MOST_FIELDS = 8
MOST_TRIALS = 200


def metrics(evaluation: Evaluation) -> Markup:
    """Every metric with its interval."""
    rows = [
        (metric.title, evaluation.metrics[name], between(evaluation.intervals.get(name)))
        for name, metric in metrics_of(evaluation.held.task).items()
        if name in evaluation.metrics
    ]
    return table(("Metric", "Held-out rows", "95 % interval"), rows)


def by_class(evaluation: Evaluation) -> Markup:
    """Precision, recall and F1 of each class."""
    rows = [
        (
            each.label,
            each.support,
            *(f"{score:.3f}  ({between(near)})" for score, near in zip(each.scores, each.intervals, strict=True)),
        )
        for each in evaluation.by_class
    ]
    return table(("Class", "Rows", "Precision", "Recall", "F1"), rows)


def worst_errors(evaluation: Evaluation) -> Markup:
    """The worst answers, each with what was asked: as a picture where it is one, else its first fields."""
    held, found = evaluation.held, worst(evaluation)
    if not found:
        return EMPTY
    side = side_of(held.fields)
    fields = [] if side else held.fields[:MOST_FIELDS]
    rows = [
        (each.row, each.truth, each.predicted, each.figure)
        + ((thumbnail(held, each.row, side),) if side else tuple(_values(evaluation, each.row)))
        for each in found
    ]
    figure = "Distance" if held.task == "regression" else "Share of the truth"
    heads = ("Row", "Truth", "Answered", figure, *(["Picture"] if side else [field.name for field in fields]))
    more = len(held.fields) - len(fields)
    note = f"The first {MOST_FIELDS} of {len(held.fields)} fields." if more and not side else ""
    return table(heads, rows, note)


def trials(found: Sequence[Mapping[str, Any]]) -> Markup:
    """The trials of a search with all that they say, in columns."""
    rows = [_flat(trial) for trial in found[:MOST_TRIALS]]
    heads = list(dict.fromkeys(name for row in rows for name in row))
    note = f"The first {MOST_TRIALS} of {len(found)} trials." if len(found) > MOST_TRIALS else ""
    return table(heads, ([row.get(name) for name in heads] for row in rows), note)


def lineage(held: Mapping[str, Any] | None) -> Markup:
    """Where the candidate comes from: names with dots, and values."""
    rows = [(element("code", name), shown(value)) for name, value in _flat(held or {}).items()]
    return table(("Key", "Value"), rows)


def between(interval: Interval | None) -> str:
    """An interval in words."""
    return "–" if interval is None else f"{number(interval.low)} – {number(interval.high)}"


def _values(evaluation: Evaluation, row: int) -> list[Any]:
    held = evaluation.held
    if held.is_matrix:
        return [float(value) for value in held.rows[row, :MOST_FIELDS]]
    values = held.rows.iloc[row, :MOST_FIELDS]
    return [
        float(value) if field.numeric else str(value)
        for field, value in zip(held.fields[:MOST_FIELDS], values, strict=True)
    ]


def _flat(held: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in held.items():
        key = f"{path}.{name}" if path else str(name)
        if isinstance(value, Mapping):
            found |= _flat(value, key)
        else:
            found[key] = ", ".join(map(shown, value)) if isinstance(value, (list, tuple)) else value
    return found
