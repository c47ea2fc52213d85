"""From what a job says of its data to the table that it learns from."""

from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace

from modelet.errors import InvalidJob
from modelet.train.data.building import build
from modelet.train.data.bundled import read_bundled
from modelet.train.data.chunks import Chunk, Spool
from modelet.train.data.description import Data
from modelet.train.data.duplicates import first_of_each
from modelet.train.data.formats import read_objects
from modelet.train.data.inference import Observed
from modelet.train.data.plan import Plan, plan_columns
from modelet.train.data.renaming import renamed
from modelet.train.data.sampling import sample
from modelet.train.data.values import plain_type
from modelet.train.table import Table

SPOOLED = 4
"""The part of the memory that rows may take before they have become a table is one in so many."""


def load(data: Data, seed: int = 0) -> Table:
    """The table that a job learns from; `seed` draws `max_rows`. Raises InvalidJob for data that are not as the job
    says, OutOfMemory, and StoreUnavailable.
    """
    with Spool((data.memory_mb << 20) // SPOOLED) as spool:
        table = renamed(_table(data, seed, spool), data.rename)
    if not data.deduplicate:
        return table
    first = first_of_each(table)
    repeated = len(table) - len(first)
    if not repeated:
        return table
    note = f"{repeated} rows that repeat an earlier one in every column that is learnt from were left out."
    return replace(table.take(first), notes=(*table.notes, note))


def _read(data: Data) -> Generator[Chunk, None, None]:
    scheme, _, name = data.source.partition(":")
    yield from read_bundled(name) if scheme == "sklearn" else read_objects(data)


def _table(data: Data, seed: int, spool: Spool) -> Table:
    reading = _Reading(data)
    with closing(_read(data)) as source:
        chunks = reading.chosen(source)
        for chunk in sample(chunks, data.max_rows, seed) if data.max_rows else chunks:
            spool.add(reading.see(chunk))
    if not reading.rows:
        raise InvalidJob(f"{data.source} has no rows.")
    return build(spool, reading.plan(), reading.observed, data)


class _Reading:
    """What is known of the columns while rows are read."""

    def __init__(self, data: Data) -> None:
        self.rows = 0
        self.observed: defaultdict[str, Observed] = defaultdict(Observed)
        self._data = data
        self._names: dict[str, None] = {}
        self._plan: Plan | None = None
        self._is_open = False
        self._target: str | None = None

    def plan(self) -> Plan:
        """The purposes of all columns that there were; raises InvalidJob."""
        return plan_columns(self._data, list(self._names), self._target)

    def chosen(self, source: Iterator[Chunk]) -> Iterator[Chunk]:
        """The columns that are needed, in their plain types; raises InvalidJob as soon as one cannot be there."""
        for chunk in source:
            names = chunk.batch.schema.names
            # Objects of JSON may lack keys, and later ones may have others; every other format has one set of columns.
            self._is_open = self._is_open or chunk.has_keys
            self._target = chunk.target
            if self._names and not self._is_open:
                self._check_same(chunk, names)
            self._names.update(dict.fromkeys(names))
            if not self._is_open and self._plan is None:
                self._plan = self.plan()
            wanted = self._plan.names() if self._plan else tuple(filter(self._data.may_need, names))
            yield chunk.only({name: plain_type(chunk.batch[name], name, chunk.origin) for name in wanted})

    def see(self, chunk: Chunk) -> Chunk:
        """Note what the values of a chunk are."""
        self.rows += len(chunk.numbers)
        for name in chunk.batch.schema.names:
            self.observed[name].see(chunk, name, self._data.missing)
        return chunk

    def _check_same(self, chunk: Chunk, names: list[str]) -> None:
        other = sorted((set(self._names) ^ set(names)) - set(self._data.drop))
        if other:
            where = "lacks" if other[0] in self._names else "has"
            raise InvalidJob(
                f"{chunk.origin} {where} the column {other[0]!r}, unlike the objects before it in {self._data.source}."
            )
