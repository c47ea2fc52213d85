"""Tables → tensors, by the columns that the manifest names: whatever the order they come in, and never by a guess."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from modelet.errors import InvalidInput
from modelet.manifest import Column, Manifest, TensorSpec
from modelet.manifest.columns import is_matrix, is_split, known_columns
from modelet.tensors.nested import Array, JsonTensor

Rows = Sequence[Sequence[Any]] | Array
SHOWN = 10
"""Names in one message."""


class Frame(NamedTuple):
    """A table: rows of values, and what its columns are called; without names they are in the model's order."""

    names: tuple[str, ...] | None
    rows: Rows


def frame_of_records(records: Sequence[Mapping[str, Any]]) -> Frame:
    """The table of rows that each name their values; raises InvalidInput where they do not name the same ones."""
    names = tuple(records[0])
    for number, record in enumerate(records):
        if record.keys() != records[0].keys():
            odd = next(name for name in (*record, *names) if name not in record or name not in names)
            has, lacks = (number, 0) if odd in record else (0, number)
            raise InvalidInput(f"Row {has} has a column {odd!r:.200}, but row {lacks} has none.")
    return Frame(names, [[record[name] for name in names] for record in records])


def tensors_of(frame: Frame, manifest: Manifest) -> dict[str, JsonTensor]:
    """The model's inputs; raises InvalidInput naming the column that is missing or unknown, the row that has another
    number of values, or why the model takes no table.
    """
    signature = manifest.signature
    columns = known_columns(manifest)
    if is_split(signature):
        rows = _rows(_ordered(frame, columns, manifest), len(signature.inputs))
        return {spec.name: _column(rows, index, spec) for index, spec in enumerate(signature.inputs)}
    check_table(manifest)
    (spec,) = signature.inputs
    ordered = _ordered(frame, columns, manifest)
    width = _width(spec, columns, ordered)
    names = tuple(column.name for column in columns)
    return {spec.name: JsonTensor(_rows(ordered, width), shape=(len(ordered), width), columns=names)}


def check_table(manifest: Manifest) -> None:
    """Raises InvalidInput for a model that takes no table."""
    signature = manifest.signature
    if not is_matrix(signature) and not is_split(signature):
        raise InvalidInput(
            f"Model {manifest.model!r} takes no table: its inputs are no columns. Send its tensors by name, as "
            f"'inputs': {{{', '.join(f'{spec.name!r}: …' for spec in signature.inputs)}}}."
        )


def _ordered(frame: Frame, columns: Sequence[Column], manifest: Manifest) -> Rows:
    if frame.names is None:
        return frame.rows
    known = [column.name for column in columns]
    if not known:
        raise InvalidInput(
            f"The request names columns, but version {manifest.version} of model {manifest.model!r} does not: push it "
            "with --columns, or send rows without names, in the model's order."
        )
    _check_names(frame.names, known, manifest)
    if list(frame.names) == known:
        return frame.rows
    order = [frame.names.index(name) for name in known]
    rows = _rows(frame.rows, len(frame.names))
    return rows[:, order] if isinstance(rows, np.ndarray) else [[row[place] for place in order] for row in rows]


def _check_names(names: Sequence[str], known: Sequence[str], manifest: Manifest) -> None:
    unknown = [name for name in names if name not in known]
    missing = [name for name in known if name not in names]
    twice = [name for name, times in Counter(names).items() if times > 1]
    what = f"model {manifest.model!r}"
    if unknown:
        raise InvalidInput(f"{what.capitalize()} has no column {_listed(unknown)}; its columns are {_listed(known)}.")
    if missing:
        raise InvalidInput(f"The column {_listed(missing)} is missing; {what} takes {_listed(known)}.")
    if twice:
        raise InvalidInput(f"The column {_listed(twice)} is given twice.")


def _rows(rows: Rows, width: int) -> Rows:
    # Rows as lists or as one array, each with `width` values; of another array it is said what is said of lists.
    if isinstance(rows, np.ndarray):
        if rows.ndim == 2 and rows.shape[1] == width:
            return rows
        rows = rows.tolist()
    for number, row in enumerate(rows):
        if not isinstance(row, list):
            raise InvalidInput(f"Row {number} must be a list of {width} values, but is none.")
        if len(row) != width:
            raise InvalidInput(f"Row {number} must have {width} values, but has {len(row)}.")
    return rows


def _width(spec: TensorSpec, columns: Sequence[Column], rows: Rows) -> int:
    declared = (spec.shape or (-1, -1))[1]
    if declared >= 0 or columns:
        return declared if declared >= 0 else len(columns)
    first: Any = next(iter(rows), None)
    return len(first) if isinstance(first, (list, np.ndarray)) else 0


def _column(rows: Rows, index: int, spec: TensorSpec) -> JsonTensor:
    values = np.ascontiguousarray(rows[:, index]) if isinstance(rows, np.ndarray) else [row[index] for row in rows]
    return JsonTensor(values, shape=(len(rows), *(spec.shape or ())[1:]))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"{name!r:.200}" for name in names[:SHOWN])
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown
