"""The end of a job: what its shards came to together. It refuses to lie: no shard is left out, and rows reconcile."""

from collections.abc import Callable, Iterator

from modelet.errors import CorruptObject
from modelet.manifest.fields import Fields, encode
from modelet.shards.incomplete import Incomplete
from modelet.shards.keys import result_key
from modelet.shards.outputs import failures, missing, outputs
from modelet.shards.planning import Plan
from modelet.shards.work import Json
from modelet.shards.writing import write_once
from modelet.store.base import Store

SCHEMA = 1
NAMED = 3
"""Shards that an error names, of those that are missing."""

COUNTED = ("read", "written", "failed")

Reduce = Callable[[Iterator[Json]], Json]
"""Makes a job's result of its outputs, in the order of the shards; they come one by one."""


def commit(store: Store, plan: Plan, reduce: Reduce) -> Json:
    """Answer a job's result, which is reduced from its outputs once; rows that these count are its `counts`.

    Raises Incomplete where a shard has no output, CorruptObject where more or fewer rows were read than written or
    failed, and StoreUnavailable.
    """
    key = result_key(plan.id)
    try:
        found = store.get(key)
    except FileNotFoundError:
        return _result(key, write_once(store, key, _reduced(store, plan, reduce)))
    assert found is not None  # only a get with an ETag answers None
    return _result(key, found.data)


def _reduced(store: Store, plan: Plan, reduce: Reduce) -> bytes:
    left = missing(store, plan)
    if left:
        raise Incomplete(_missing(store, plan, left))
    counts: dict[str, int] = {}
    result = reduce(_counted(outputs(store, plan), counts))
    if counts and counts["read"] != counts["written"] + counts["failed"]:
        raise CorruptObject(f"Job {plan.id} does not add up: {_in_words(counts)}.")
    return encode({"schema": SCHEMA, "shards": plan.count, "counts": counts, "result": result})


def _result(key: str, data: bytes) -> Json:
    fields = Fields.parse(key, data, SCHEMA)
    counts = fields.take("counts", dict)
    return {**fields.take("result", dict), **({"counts": counts} if counts else {})}


def _counted(each: Iterator[Json], counts: dict[str, int]) -> Iterator[Json]:
    for output in each:
        for name in COUNTED if "counts" in output else ():
            counts[name] = counts.get(name, 0) + int(output["counts"][name])
        yield output


def _missing(store: Store, plan: Plan, left: list[int]) -> str:
    named = left[:NAMED]
    reasons = failures(store, plan, named)
    told = "; ".join(f"shard {index}: {reasons.get(index, 'it has not been run to its end')}" for index in named)
    more = f"; and {len(left) - NAMED} more" if len(left) > NAMED else ""
    return f"Job {plan.id} is not complete: {len(left)} of {plan.count} shards have no output. {told}{more}"


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
