"""Double precision: a step that stands before all others."""

from typing import Any

from modelet.train.table import Rows


def doubled(rows: Rows) -> Rows:
    """The rows with their numbers in FP64."""
    if hasattr(rows, "select_dtypes"):
        return rows.astype(dict.fromkeys(rows.select_dtypes("float32").columns, "float64"))
    return rows.astype("float64")


def doubling() -> Any:
    """The step itself; in the exported graph, whose inputs are FP64, it does nothing."""
    from sklearn.preprocessing import FunctionTransformer

    return FunctionTransformer(doubled)
