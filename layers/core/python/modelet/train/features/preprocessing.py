"""The scikit-learn steps that make an estimator's input of a table's rows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.features.categories import one_hot
from modelet.train.features.description import Features
from modelet.train.features.encoder import embedding
from modelet.train.features.numbers import number_steps
from modelet.train.features.text import check_learner, vectoriser
from modelet.train.table import Field, Table

if TYPE_CHECKING:
    from modelet.train.estimators import Estimator

Part = tuple[str, Any, list[Any] | str]
"""What makes some columns of the estimator's input, as ColumnTransformer takes it: name, transformer, columns."""


def preprocessing(features: Features, table: Table, estimator: "Estimator") -> Sequence[tuple[str, Any]]:
    """The unfitted steps of a pipeline, by name, that stand before the estimator; none where rows go in as they are.

    They choose columns of a matrix by position, of a data frame by name.
    """
    from sklearn.compose import ColumnTransformer

    numbers = [at for at, field in enumerate(table.fields) if field.kind == "number"]
    if features.encoder is not None and all(field.kind != "text" for field in table.fields):
        raise InvalidJob("features.encoder is for text, and no column is: say which in data.types, as {name: text}.")
    if len(numbers) == len(table.fields):
        return number_steps(features, table.rows, estimator)
    return [("columns", ColumnTransformer(_parts(features, table, estimator, numbers)))]


def _parts(features: Features, table: Table, estimator: "Estimator", numbers: list[int]) -> list[Part]:
    from sklearn.pipeline import Pipeline

    def columns(chosen: list[int]) -> list[Any]:
        return chosen if table.is_matrix else [table.fields[at].name for at in chosen]

    parts: list[Part] = []
    if numbers:
        held = table.rows[:, numbers] if table.is_matrix else table.rows[columns(numbers)].to_numpy()
        steps = number_steps(features, held, estimator)
        parts.append(("numbers", Pipeline(steps) if steps else "passthrough", columns(numbers)))
    for kind, numeric in (("numeric categories", True), ("categories", False)):
        chosen = [at for at, field in enumerate(table.fields) if _is_category(field, numeric)]
        if chosen:
            parts.append((kind, one_hot(features, _datatype(table)), columns(chosen)))
    return parts + [_text(features, table, estimator, field) for field in table.fields if field.kind == "text"]


def _text(features: Features, table: Table, estimator: "Estimator", field: Field) -> Part:
    if features.encoder is not None:
        return (f"text {field.name}", embedding(features.encoder, _datatype(table)), field.name)
    check_learner(estimator, field.name)
    return (f"text {field.name}", vectoriser(features.text, _datatype(table)), field.name)


def _is_category(field: Field, numeric: bool) -> bool:
    return field.kind == "category" and field.numeric == numeric


def _datatype(table: Table) -> str:
    if table.is_matrix:
        return str(table.rows.dtype)
    doubled = any(str(table.rows[field.name].dtype) == "float64" for field in table.fields if field.numeric)
    return "float64" if doubled else "float32"
