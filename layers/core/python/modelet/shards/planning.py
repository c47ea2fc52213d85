"""What a sharded job is to do: written once, in pages, so that planning streams and a worker reads one page."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

import orjson

from modelet.errors import Conflict, CorruptObject, JobNotFound
from modelet.manifest.fields import Fields, encode
from modelet.shards.keys import PAGE, page_key, plan_key
from modelet.shards.work import Json, Work, work_name
from modelet.shards.writing import write_once
from modelet.store.base import Store

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """A planned job: `work` is the `module:function` of its shards, `count` how many there are; `pages` are the digests
    of what each shard has of its own.
    """

    id: str
    work: str
    request: Json
    count: int
    pages: tuple[str, ...]

    def dump(self) -> bytes:
        """The JSON bytes."""
        return encode(
            {
                "schema": SCHEMA,
                "work": self.work,
                "request": self.request,
                "shards": self.count,
                "pages": list(self.pages),
            }
        )


def make_plan(store: Store, job_id: str, work: Work, request: Json, shards: Iterable[Json]) -> Plan:
    """Plan a job, and answer its plan also where it is planned already; raises InvalidName before any I/O, Conflict
    where it was planned otherwise, and StoreUnavailable. `shards` are read once, a page at a time.
    """
    key = plan_key(job_id)
    count, pages = 0, []
    for page in _pages(shards):
        data = encode({"schema": SCHEMA, "shards": page})
        digest = sha256(data).hexdigest()
        write_once(store, page_key(job_id, digest), data)
        pages.append(digest)
        count += len(page)
    plan = Plan(job_id, work_name(work), request, count, tuple(pages))
    data = plan.dump()
    if write_once(store, key, data) != data:
        raise Conflict(f"Job {job_id} was planned before, and otherwise: begin another one.")
    return plan


def load_plan(store: Store, job_id: str) -> Plan:
    """The plan of a job; raises InvalidName, JobNotFound, CorruptObject, UnknownSchema or StoreUnavailable."""
    key = plan_key(job_id)
    try:
        found = store.get(key)
    except FileNotFoundError:
        raise JobNotFound(f"There is no plan of a job {job_id} in {store.url}.") from None
    assert found is not None  # only a get with an ETag answers None
    fields = Fields.parse(key, found.data, SCHEMA)
    plan = Plan(
        id=job_id,
        work=fields.take("work", str),
        request=fields.take("request", dict),
        count=fields.take("shards", int),
        pages=tuple(str(digest) for digest in fields.take("pages", list)),
    )
    if len(plan.pages) != -(-plan.count // PAGE):
        raise CorruptObject(f"{key} has {plan.count} shards in {len(plan.pages)} pages.")
    return plan


class Pages:
    """What the shards of a plan have of their own; the page that was read last is kept."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self._store = store
        self._plan = plan
        self._number = -1
        self._page: list[Any] = []

    def own(self, index: int) -> Json:
        """What one shard has; raises CorruptObject, and JobNotFound where there is no such shard."""
        if not 0 <= index < self._plan.count:
            raise JobNotFound(f"Job {self._plan.id} has no shard {index}: it has {self._plan.count}.")
        number = index // PAGE
        if number != self._number:
            self._page, self._number = self._read(self._plan.pages[number]), number
        own: Json = self._page[index % PAGE]
        return own

    def _read(self, digest: str) -> list[Any]:
        key = page_key(self._plan.id, digest)
        try:
            found = self._store.get(key)
        except FileNotFoundError:
            raise CorruptObject(f"{key} is missing in {self._store.url}.") from None
        assert found is not None  # only a get with an ETag answers None
        if sha256(found.data).hexdigest() != digest:
            raise CorruptObject(f"{key} is not what its plan says.")
        page: list[Any] = orjson.loads(found.data)["shards"]
        return page


def _pages(shards: Iterable[Json]) -> Iterator[list[Json]]:
    rest = iter(shards)
    while page := list(islice(rest, PAGE)):
        yield page
