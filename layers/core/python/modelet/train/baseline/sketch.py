"""Sketches of what a version learnt from, small enough to keep for ever, by which later requests can be told to have
drifted. No row can be read from them, but for the frequent values of categories.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

from modelet.train.table import Field, Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SCHEMA = 1
QUANTILES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
BINS = 10
"""Of about as many rows each, as the population stability index wants them."""
TOP = 50
LONGEST = 200
"""In characters: what is kept of a value."""


def sketch(learning: Table) -> dict[str, Any]:
    """The sketch of a table as JSON: `fields` and `target`, each with its name and kind, and figures of its values."""
    truth = learning.truth
    target = _numbers(truth) if learning.task == "regression" else _values(truth.tolist())
    return {
        "schema": SCHEMA,
        "rows": len(learning),
        "task": learning.task,
        "fields": [_field(learning, place, field) for place, field in enumerate(learning.fields)],
        "target": {"kind": "number" if learning.task == "regression" else "category", **target},
    }


def _field(table: Table, place: int, field: Field) -> dict[str, Any]:
    import numpy as np

    values = np.asarray(table.rows[:, place] if table.is_matrix else table.rows[field.name])
    return {"name": field.name, "kind": field.kind, "numeric": field.numeric, **_of_kind(values, field)}


def _of_kind(values: "Array", field: Field) -> dict[str, Any]:
    import numpy as np

    if field.kind == "text":
        return _texts(values.tolist())
    if field.kind == "number":
        return _numbers(values)
    held = [value for value in values.tolist() if value != "" and not (field.numeric and np.isnan(value))]
    return {**_values(held), "count": len(values), "missing": len(values) - len(held)}


def _numbers(values: "Array") -> dict[str, Any]:
    import numpy as np

    known = values[np.isfinite(values)].astype(np.float64)
    found: dict[str, Any] = {"count": len(values), "missing": len(values) - len(known)}
    if not len(known):
        return found
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)))
    if len(edges) == 1:
        edges = np.repeat(edges, 2)
    counts = np.histogram(known, edges)[0]
    quantiles = np.quantile(known, QUANTILES)
    return {
        **found,
        "mean": float(known.mean()),
        "deviation": float(known.std()),
        "quantiles": {f"{share:g}": float(value) for share, value in zip(QUANTILES, quantiles, strict=True)},
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
    }


def _values(values: list[Any]) -> dict[str, Any]:
    counted = Counter(values)
    top = sorted(counted.items(), key=lambda each: (-each[1], str(each[0])))[:TOP]
    return {
        "count": len(values),
        "missing": 0,
        "distinct": len(counted),
        "top": [{"value": _cut(value), "count": count} for value, count in top],
        "other": len(values) - sum(count for _, count in top),
    }


def _texts(values: list[str]) -> dict[str, Any]:
    import numpy as np

    lengths = np.array([len(value) for value in values if value], np.float64)
    return {"count": len(values), "missing": len(values) - len(lengths), "characters": _numbers(lengths)}


def _cut(value: Any) -> Any:
    return value[:LONGEST] if isinstance(value, str) else value
