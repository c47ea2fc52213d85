"""Held-out rows as the inputs of a version that was perhaps trained on others: by the names of its columns."""

from typing import TYPE_CHECKING, Any

from modelet.manifest import Manifest, TensorSpec
from modelet.manifest.columns import is_matrix, is_split, known_columns
from modelet.tensors.datatypes import NUMPY_NAMES
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


class Unfit(Exception):
    """Raised, with the reason in words, where a version cannot be asked these rows."""


def mapped(manifest: Manifest, table: Table) -> "dict[str, Array]":
    """The rows of a table as inputs by name; raises Unfit, naming the column that is missing."""
    signature = manifest.signature
    if not signature.batched:
        raise Unfit("it takes no batches of rows")
    columns = [column.name for column in known_columns(manifest)]
    if is_matrix(signature) and not _is_column(signature.inputs[0]):
        (spec,) = signature.inputs
        return {spec.name: _matrix(spec, columns, table)}
    if not is_split(signature):
        raise Unfit("it takes no table")
    if len(table.fields) == len(signature.inputs) == 1:
        columns = [table.fields[0].name]  # whatever it calls it
    return {spec.name: _column(spec, name, table) for spec, name in zip(signature.inputs, columns, strict=True)}


def _matrix(spec: TensorSpec, columns: list[str], table: Table) -> "Array":
    import numpy as np

    width = (spec.shape or ())[1]
    names = columns or [field.name for field in table.fields]
    if width not in (-1, len(names)):
        raise Unfit(f"it takes {width} columns without names, and the rows have {len(names)}")
    return np.concatenate([_values(spec, name, table)[:, None] for name in names], axis=1)


def _column(spec: TensorSpec, name: str, table: Table) -> "Array":
    return _values(spec, name, table).reshape(-1, *(spec.shape or (-1,))[1:])


def _values(spec: TensorSpec, name: str, table: Table) -> "Array":
    import numpy as np

    place = next((place for place, field in enumerate(table.fields) if field.name == name), None)
    if place is None:
        raise Unfit(f"it takes the column {name!r}, which the rows do not have")
    is_text, numeric = spec.datatype == "BYTES", table.fields[place].numeric
    if is_text == numeric:
        raise Unfit(f"it takes the column {name!r} as {'text' if is_text else 'numbers'}, and the rows hold the other")
    values = np.asarray(table.rows[:, place] if table.is_matrix else table.rows[name])
    if not is_text and not spec.datatype.startswith("FP") and not np.isfinite(values).all():
        raise Unfit(f"it takes the column {name!r} as {spec.datatype}, and some rows have no value there")
    return values.astype(NUMPY_NAMES[spec.datatype])


def _is_column(spec: TensorSpec) -> bool:
    return spec.datatype == "BYTES" and (spec.shape or ())[1:] == (1,)
