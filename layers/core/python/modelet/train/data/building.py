"""From chunks whose columns are known to a table: one matrix, or a data frame."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidJob, OutOfMemory
from modelet.train.data.chunks import Chunk, Spool
from modelet.train.data.description import Data
from modelet.train.data.inference import EXACT, Observed, field_of, note_of
from modelet.train.data.moments import moments_of
from modelet.train.data.plan import Plan
from modelet.train.data.rounding import Rounding
from modelet.train.data.target import Target, target_field
from modelet.train.data.values import as_fp64, read_numbers, texts_of
from modelet.train.disk import matrix_on_disk
from modelet.train.table import Field, Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

TEXT_BYTES = 60
"""What a str of Python takes beside its letters."""


def build(spool: Spool, plan: Plan, observed: Mapping[str, Observed], data: Data) -> Table:
    """The table of all chunks; rows without a target are left out. Raises InvalidJob and OutOfMemory."""
    fields = tuple(field_of(name, observed[name], data.types.get(name)) for name in plan.features)
    target = target_field(plan.target, observed[plan.target], data.types.get(plan.target))
    building = _Building(plan, fields, target, data)
    building.rounding = {field.name: Rounding() for field in fields if _may_round(field, observed[field.name])}
    taken = (note_of(name, observed[name], data.types.get(name)) for name in plan.features)
    blocks = building.blocks(spool)
    if all(field.numeric for field in fields):
        rows = _matrix(blocks, fields, observed[plan.target].values, data)
    else:
        rows = _frame(blocks, fields, data)
    truth, task = target.truth(building.truths)
    return Table(
        source=data.source,
        fields=fields,
        rows=rows,
        truth=truth,
        task=task,
        groups=_joined(building.groups) if plan.group else None,
        moments=moments_of(_joined(building.moments), plan.time or "") if plan.time else None,
        target=plan.target,
        notes=(*building.notes(), *filter(None, taken)),
    )


class _Building:
    """What is collected beside the rows while they are turned into blocks."""

    def __init__(self, plan: Plan, fields: tuple[Field, ...], target: Target, data: Data) -> None:
        self.truths: list[Array] = []
        self.groups: list[Array] = []
        self.moments: list[Array] = []
        self.rounding: dict[str, Rounding] = {}
        self._plan, self._fields, self._target, self._data = plan, fields, target, data
        self._without = 0
        self._first = ""

    def blocks(self, spool: Spool) -> "Iterator[list[Array]]":
        """The values of each chunk by field: FP32, or objects of str."""
        import numpy as np

        for chunk in spool.chunks():
            truth, there = self._target.values(chunk, self._data.missing)
            at = np.flatnonzero(there)
            if len(at) < len(truth):
                self._first = self._first or chunk.where(int(np.argmin(there)))
                self._without += len(truth) - len(at)
                chunk = chunk.take(at)  # noqa: PLW2901 - of the same rows
                truth = truth[at]
            self.truths.append(truth)
            for name, held in ((self._plan.group, self.groups), (self._plan.time, self.moments)):
                if name:
                    held.append(texts_of(chunk.column(name), self._data.missing))
            yield [self._values(chunk, field) for field in self._fields]

    def notes(self) -> tuple[str, ...]:
        """What the user should know."""
        rounded = filter(None, (rounding.note(name) for name, rounding in self.rounding.items()))
        if not self._without:
            return tuple(rounded)
        first = f"the first of them {self._first}"
        without = f"{self._without} rows without a value of {self._plan.target!r}, the target, were left out, {first}."
        return (without, *rounded)

    def _values(self, chunk: Chunk, field: Field) -> "Array":
        column = chunk.column(field.name)
        if not field.numeric:
            return texts_of(column, self._data.missing)
        numbers = read_numbers(column, self._data.missing)
        assert numbers is not None  # for that was seen
        values = _as_fp32(chunk, field, as_fp64(numbers))
        if field.name in self.rounding:
            self.rounding[field.name].see(numbers)
        return values


def _may_round(field: Field, observed: Observed) -> bool:
    return field.kind == "number" and not observed.flags and not (observed.whole and observed.largest <= EXACT)


def _as_fp32(chunk: Chunk, field: Field, numbers: "Array") -> "Array":
    import numpy as np

    with np.errstate(over="ignore"):
        values = numbers.astype(np.float32)
    infinite = np.isinf(values)
    if infinite.any():
        at = int(np.argmax(infinite))
        raise InvalidJob(
            f"Column {field.name!r} is infinite, or larger than FP32 holds ({numbers[at]:g}), in {chunk.where(at)}: "
            "mend it, or drop the column."
        )
    return values


def _matrix(blocks: "Iterator[list[Array]]", fields: tuple[Field, ...], rows: int, data: Data) -> "Array":
    import numpy as np

    if 4 * rows * len(fields) > (data.memory_mb << 20) // 2:
        return matrix_on_disk((np.stack(block, axis=1) for block in blocks), len(fields))
    matrix, done = np.empty((rows, len(fields)), np.float32), 0
    for block in blocks:
        count = len(block[0])
        for at, values in enumerate(block):
            matrix[done : done + count, at] = values
        done += count
    return matrix[:done]


def _frame(blocks: "Iterator[list[Array]]", fields: tuple[Field, ...], data: Data) -> Any:
    import pandas as pd

    budget = data.memory_mb << 20
    columns: list[list[Array]] = [[] for _ in fields]
    for block in blocks:
        for column, values in zip(columns, block, strict=True):
            column.append(values)
            budget -= _size(values)
        if budget < 0:
            raise OutOfMemory(
                f"The texts of {data.source} do not fit data.memory_mb: {data.memory_mb}. Raise it, or draw fewer rows "
                "by data.max_rows."
            )
    held = {
        field.name: pd.Series(_joined(column), dtype="float32" if field.numeric else object)
        for field, column in zip(fields, columns, strict=True)
    }
    return pd.DataFrame(held)


def _size(values: "Array") -> int:
    if values.dtype != object:
        return values.nbytes
    distinct = dict(zip(map(id, values), map(len, values), strict=True))
    return values.nbytes + TEXT_BYTES * len(distinct) + sum(distinct.values())


def _joined(parts: "list[Array]") -> "Array":
    import numpy as np

    return np.concatenate(parts)
