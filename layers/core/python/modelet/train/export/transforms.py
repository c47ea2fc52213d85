"""What the steps before an estimator do, as nodes: the same arithmetic in the same precision, so that trees behind them
see the same numbers.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modelet.train.export.graph import Graph
from modelet.train.export.source import Matrix, Source
from modelet.train.export.text import encoded, weighed

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def transformed(graph: Graph, step: Any, rows: Source) -> Source:
    """The rows after a fitted step of scikit-learn."""
    kind = type(step).__name__
    if kind == "Pipeline":
        for _, inner in step.steps:
            rows = transformed(graph, inner, rows)
        return rows
    if step == "passthrough" or kind == "FunctionTransformer":  # of which there is only `doubling`
        return rows
    if kind == "ColumnTransformer":
        parts = [transformed(graph, part, rows.choose(graph, chosen)) for _, part, chosen in _fitted(step)]
        return _beside(graph, parts)
    return TRANSFORMS[kind](graph, step, rows)


def _fitted(columns: Any) -> list[tuple[str, Any, Any]]:
    return [part for part in columns.transformers_ if part[0] != "remainder"]


def _beside(graph: Graph, parts: list[Source]) -> Matrix:
    tensors = [part.whole(graph) for part in parts]
    joined = tensors[0] if len(tensors) == 1 else graph.add("Concat", tensors, axis=1)
    return Matrix(joined, sum(part.width for part in parts))


def _imputed(graph: Graph, imputer: Any, rows: Source) -> Source:
    tensor = rows.whole(graph)
    values = graph.constant(imputer.statistics_.astype("float64").reshape(1, -1), "imputed")
    return Matrix(graph.add("Where", [graph.add("IsNaN", [tensor]), values, tensor]), rows.width)


def _standardised(graph: Graph, scaler: Any, rows: Source) -> Source:
    centred = graph.add("Sub", [rows.whole(graph), graph.constant(scaler.mean_, "mean")])
    return Matrix(graph.add("Div", [centred, graph.constant(scaler.scale_, "scale")]), rows.width)


def _centred(graph: Graph, scaler: Any, rows: Source) -> Source:
    centred = graph.add("Sub", [rows.whole(graph), graph.constant(scaler.center_, "centre")])
    return Matrix(graph.add("Div", [centred, graph.constant(scaler.scale_, "scale")]), rows.width)


def _ranged(graph: Graph, scaler: Any, rows: Source) -> Source:
    scaled = graph.add("Mul", [rows.whole(graph), graph.constant(scaler.scale_, "scale")])
    return Matrix(graph.add("Add", [scaled, graph.constant(scaler.min_, "least")]), rows.width)


def _one_hot(graph: Graph, encoder: Any, rows: Source) -> Source:
    rare = getattr(encoder, "infrequent_categories_", [None] * rows.width)
    parts, width = [], 0
    for at, (values, infrequent) in enumerate(zip(encoder.categories_, rare, strict=True)):
        column = rows.column(graph, at)
        frequent = values.tolist() if infrequent is None else _without(values, infrequent)
        hot = graph.cast(_equal(graph, column, frequent), graph.precision.datatype)
        parts.append(hot)
        if infrequent is not None:
            total = graph.add("ReduceSum", [hot, _axis(graph)], keepdims=1)
            parts.append(graph.add("Sub", [graph.constant(_one(), "one"), total]))
        width += len(frequent) + (infrequent is not None)
    joined = parts[0] if len(parts) == 1 else graph.add("Concat", parts, axis=1)
    return Matrix(joined, width)


def _without(values: "Array", infrequent: "Array") -> list[Any]:
    left_out, missing = set(infrequent.tolist()), any(_is_nan(value) for value in infrequent.tolist())
    return [value for value in values.tolist() if value not in left_out and not (missing and _is_nan(value))]


def _is_nan(value: Any) -> bool:
    return bool(value != value)  # noqa: PLR0124 - true of NaN alone, and no error for text


def _equal(graph: Graph, column: str, values: list[Any]) -> str:
    import numpy as np

    known = [value for value in values if not _is_nan(value)]  # which comes last
    equal = graph.add("Equal", [column, graph.constant(np.array([known]), "categories")])
    if len(known) == len(values):
        return equal
    return graph.add("Concat", [equal, graph.add("IsNaN", [column])], axis=1)


def _axis(graph: Graph) -> str:
    import numpy as np

    return graph.constant(np.array([1], np.int64), "axis")


def _one() -> Any:
    import numpy as np

    return np.array([[1.0]])


TRANSFORMS: dict[str, Callable[[Graph, Any, Source], Source]] = {
    "Embedding": encoded,
    "MinMaxScaler": _ranged,
    "OneHotEncoder": _one_hot,
    "RobustScaler": _centred,
    "SimpleImputer": _imputed,
    "StandardScaler": _standardised,
    "TfidfVectorizer": weighed,
}
"""By the class of the step."""
