"""Plans: written once, in pages, and read a page at a time."""

import itertools
from collections.abc import Iterator

import pytest

from modelet.errors import Conflict, CorruptObject, InvalidName, JobNotFound, StoreUnavailable
from modelet.shards import load_plan, make_plan
from modelet.shards.keys import PAGE, page_key
from modelet.shards.planning import Pages
from modelet.shards.running import run_shard
from modelet.shards.work import find_work, work_name
from modelet.store.base import Store
from tests.shards import works
from tests.watched_store import WatchedStore


def numbers(count: int) -> Iterator[dict[str, int]]:
    return ({"number": number} for number in range(count))


def test_a_plan_is_read_as_it_was_made_and_making_it_again_changes_nothing(store: Store) -> None:
    plan = make_plan(store, "a-1", works.square, {"plus": 1}, numbers(3))
    before = {entry.key: entry.modified for entry in store.scan("jobs/")}

    again = make_plan(store, "a-1", works.square, {"plus": 1}, numbers(3))

    assert load_plan(store, "a-1") == again == plan
    assert (plan.work, plan.count, plan.request) == ("tests.shards.works:square", 3, {"plus": 1})
    assert {entry.key: entry.modified for entry in store.scan("jobs/")} == before


@pytest.mark.parametrize(("plus", "count"), [(2, 3), (1, 4)])
def test_a_job_that_was_planned_is_not_planned_otherwise(store: Store, plus: int, count: int) -> None:
    plan = make_plan(store, "a", works.square, {"plus": 1}, numbers(3))

    with pytest.raises(Conflict, match="Job a was planned before, and otherwise"):
        make_plan(store, "a", works.square, {"plus": plus}, numbers(count))

    assert load_plan(store, "a") == plan


def test_a_long_plan_is_streamed_and_a_worker_reads_one_page_of_it(store: Store) -> None:
    made = make_plan(store, "long", works.square, {}, numbers(2 * PAGE + 1))
    reads = list[str]()
    watched = WatchedStore(store, lambda verb, key: reads.append(key))

    owned = [Pages(watched, made).own(index) for index in (0, PAGE - 1, PAGE, 2 * PAGE)]

    assert owned == [{"number": index} for index in (0, PAGE - 1, PAGE, 2 * PAGE)]
    assert (made.count, len(made.pages)) == (2 * PAGE + 1, 3)
    assert reads == [page_key("long", made.pages[number]) for number in (0, 0, 1, 2)]


def test_an_interrupted_planning_leaves_no_job(store: Store) -> None:
    def ending() -> Iterator[dict[str, int]]:
        yield from numbers(PAGE + 1)
        raise StoreUnavailable("The listing broke off.")

    with pytest.raises(StoreUnavailable):
        make_plan(store, "a", works.square, {}, ending())

    with pytest.raises(JobNotFound, match="There is no plan of a job a"):
        load_plan(store, "a")
    assert make_plan(store, "a", works.square, {}, numbers(3)).count == 3


@pytest.mark.parametrize("job_id", ["", "../a", "A", "-a", "a-", "a/b", "a" * 129])
def test_an_id_that_could_lead_elsewhere_is_refused_before_any_write(store: Store, job_id: str) -> None:
    with pytest.raises(InvalidName, match="is not the id of a sharded job"):
        make_plan(store, job_id, works.square, {}, numbers(1))

    assert list(store.scan("")) == []


def test_a_page_that_was_changed_is_refused(store: Store) -> None:
    plan = make_plan(store, "a", works.square, {}, numbers(2))
    store.put(page_key("a", plan.pages[0]), [b'{"schema": 1, "shards": [{"number": 7}, {"number": 8}]}'])

    with pytest.raises(CorruptObject, match="is not what its plan says"):
        run_shard(store, plan, 0)

    store.delete(page_key("a", plan.pages[0]))
    with pytest.raises(CorruptObject, match="is missing"):
        run_shard(store, plan, 0)


@pytest.mark.parametrize("index", [-1, 2])
def test_a_shard_that_there_is_not_is_named(store: Store, index: int) -> None:
    plan = make_plan(store, "a", works.square, {}, numbers(2))

    with pytest.raises(JobNotFound, match=rf"Job a has no shard {index}: it has 2\."):
        run_shard(store, plan, index)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("os:system", "is not the work of shards"),
        ("tests.shards.works:not_for_shards", "is not the work of shards"),
        ("tests.shards.works:nothing", "is not the work of shards"),
        ("tests.shards.nowhere:square", "cannot be imported"),
        ("", "cannot be imported"),
    ],
)
def test_a_plan_cannot_call_what_is_not_the_work_of_shards(name: str, problem: str) -> None:
    with pytest.raises(CorruptObject, match=problem):
        find_work(name)


def test_the_work_of_shards_is_found_by_its_name() -> None:
    assert find_work(work_name(works.square)) is works.square


def test_planning_many_shards_takes_one_write_per_page(store: Store) -> None:
    make_plan(store, "many", works.square, {}, itertools.islice(numbers(10**9), 10 * PAGE))

    assert len(list(store.scan("jobs/many/"))) == 11
