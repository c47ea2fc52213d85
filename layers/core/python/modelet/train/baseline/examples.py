"""A few requests that a version can answer, which warm it where it is loaded and show callers what it takes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from modelet.manifest import Signature
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

ROWS = 8
"""Of the larger example; the other one has a single row, as most requests do."""


def example_rows(learning: Table) -> Table:
    """The rows for examples: the first ones without a missing value, where there are such."""
    import numpy as np

    missing = np.isnan(learning.rows) if learning.is_matrix else _missing(learning)
    order = np.argsort(missing.sum(axis=1), kind="stable")[:ROWS]
    return learning.take(order)


def examples(signature: Signature, inputs: "Mapping[str, Array]") -> bytes:
    """Requests of the Open Inference Protocol for rows by input name, as JSON: `{"examples": [request, …]}`, of one
    row and of all. What is missing is a zero, for JSON has no NaN.
    """
    rows = len(next(iter(inputs.values())))
    requests = [
        {"inputs": [_tensor(spec.name, spec.datatype, inputs[spec.name][:count]) for spec in signature.inputs]}
        for count in dict.fromkeys((1, rows))
    ]
    return orjson.dumps({"examples": requests}, option=orjson.OPT_INDENT_2)


def _tensor(name: str, datatype: str, values: "Array") -> dict[str, Any]:
    import numpy as np

    if values.dtype.kind == "f":
        values = np.where(np.isfinite(values), values, 0).astype(values.dtype)
    return {"name": name, "datatype": datatype, "shape": list(values.shape), "data": values.ravel().tolist()}


def _missing(table: Table) -> "Array":
    import numpy as np

    columns = [(np.asarray(table.rows[field.name]), field.numeric) for field in table.fields]
    return np.stack([np.isnan(values) if numeric else values == "" for values, numeric in columns], axis=1)
