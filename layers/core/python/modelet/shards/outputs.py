"""What the shards of a job have come to so far. Nothing here writes."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import orjson

from modelet.errors import CorruptObject
from modelet.manifest.fields import Fields
from modelet.shards.keys import failure_key, index_of, output_key, outputs_below
from modelet.shards.planning import Plan
from modelet.shards.running import SCHEMA
from modelet.shards.work import Json
from modelet.store.base import Store

READERS = 16
"""Outputs that are read at once: an object store answers many small reads at the price of one."""

WINDOW = 512
"""Outputs that are held at once, at most."""


def done(store: Store, plan: Plan) -> set[int]:
    """The shards that have an output: one listing, whatever their number."""
    found = {index_of(entry.key) for entry in store.scan(outputs_below(plan.id)) if entry.key.endswith(".json")}
    return {index for index in found if index < plan.count}


def missing(store: Store, plan: Plan) -> list[int]:
    """The shards that have no output yet, in their order."""
    there = done(store, plan)
    return [index for index in range(plan.count) if index not in there]


def outputs(store: Store, plan: Plan) -> Iterator[Json]:
    """The outputs of all shards, in their order, a bounded number of them in memory; raises CorruptObject where one is
    missing or is not that of its shard.
    """
    return _read(store, plan, range(plan.count))


def results(store: Store, plan: Plan) -> dict[int, Json]:
    """The outputs that are there, by their shards, in the order of these."""
    there = sorted(done(store, plan))
    return dict(zip(there, _read(store, plan, there), strict=True))


def failures(store: Store, plan: Plan, of: Iterable[int]) -> dict[int, str]:
    """Why these shards failed last, by shard, where that is known."""
    reasons = ((index, _failure(store, plan, index)) for index in of)
    return {index: reason for index, reason in reasons if reason}


def _read(store: Store, plan: Plan, indices: Iterable[int]) -> Iterator[Json]:
    rest = iter(indices)
    with ThreadPoolExecutor(READERS) as readers:
        while window := list(islice(rest, WINDOW)):
            yield from readers.map(lambda index: _output(store, plan, index), window)


def _output(store: Store, plan: Plan, index: int) -> Json:
    key = output_key(plan.id, index)
    try:
        found = store.get(key)
    except FileNotFoundError:
        raise CorruptObject(f"{key} is missing in {store.url}.") from None
    assert found is not None  # only a get with an ETag answers None
    fields = Fields.parse(key, found.data, SCHEMA)
    if fields.take("shard", int) != index:
        raise CorruptObject(f"{key} is not the output of shard {index}.")
    output: Json = fields.take("output", dict)
    return output


def _failure(store: Store, plan: Plan, index: int) -> str | None:
    try:
        found = store.get(failure_key(plan.id, index))
    except FileNotFoundError:
        return None
    assert found is not None  # only a get with an ETag answers None
    return str(orjson.loads(found.data).get("message"))
