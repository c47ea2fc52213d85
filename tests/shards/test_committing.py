"""Outputs and the commit: read in order, reconciled, once; and what a fault at any write leaves behind."""

import threading
from collections.abc import Iterator

import pytest

from modelet.errors import CorruptObject, StoreUnavailable
from modelet.shards import Plan, commit, make_plan, missing, outputs, results, run_shard
from modelet.shards.incomplete import Incomplete
from modelet.shards.keys import output_key
from modelet.shards.outputs import WINDOW
from modelet.shards.work import Json
from modelet.store import open_store
from modelet.store.base import Store
from tests.shards import works
from tests.shards.faulty_store import FaultyStore


def squares(store: Store, count: int) -> Plan:
    plan = make_plan(store, "squares", works.square, {}, ({"number": number} for number in range(count)))
    for index in range(count):
        run_shard(store, plan, index)
    return plan


def rows(store: Store, *counts: tuple[int, int, int]) -> Plan:
    owned = ({"read": read, "written": written, "failed": failed} for read, written, failed in counts)
    plan = make_plan(store, "rows", works.counted, {}, owned)
    for index in range(len(counts)):
        run_shard(store, plan, index)
    return plan


def total(each: Iterator[Json]) -> Json:
    return {"total": sum(output["square"] for output in each)}


def nothing(each: Iterator[Json]) -> Json:
    return {"outputs": sum(1 for _ in each)}


def test_a_job_is_reduced_once_from_its_outputs_in_order(store: Store) -> None:
    plan = squares(store, 3)

    first = commit(store, plan, lambda each: {"squares": [output["square"] for output in each]})
    second = commit(store, plan, total)

    assert first == second == {"squares": [0, 1, 4]}


def test_outputs_beyond_one_window_are_read_in_order() -> None:
    store = open_store("memory://outputs-beyond-one-window")
    plan = squares(store, WINDOW + 3)

    assert [output["square"] for output in outputs(store, plan)] == [number**2 for number in range(WINDOW + 3)]


def test_rows_are_summed_and_must_reconcile(store: Store) -> None:
    assert commit(store, rows(store, (10, 9, 1), (5, 5, 0)), nothing) == {
        "outputs": 2,
        "counts": {"read": 15, "written": 14, "failed": 1},
    }


def test_a_commit_refuses_rows_that_went_missing(store: Store) -> None:
    plan = rows(store, (10, 9, 0), (5, 5, 0))

    with pytest.raises(CorruptObject, match="Job rows does not add up: 15 read, 14 written, 0 failed"):
        commit(store, plan, nothing)

    assert "jobs/rows/result.json" not in {entry.key for entry in store.scan("jobs/rows/")}


def test_a_commit_refuses_a_job_of_which_a_shard_is_missing(store: Store) -> None:
    plan = squares(store, 5)
    for index in (0, 1, 3, 4):
        store.delete(output_key(plan.id, index))

    with pytest.raises(Incomplete) as caught:
        commit(store, plan, total)

    assert caught.value.message == (
        "Job squares is not complete: 4 of 5 shards have no output. shard 0: it has not been run to its end; "
        "shard 1: it has not been run to its end; shard 3: it has not been run to its end; and 1 more"
    )
    assert missing(store, plan) == [0, 1, 3, 4]
    assert results(store, plan) == {2: {"square": 4}}


def test_an_output_that_is_another_shards_is_refused(store: Store) -> None:
    plan = squares(store, 2)
    held = store.get(output_key(plan.id, 0))
    assert held is not None
    store.put(output_key(plan.id, 1), [held.data])

    with pytest.raises(CorruptObject, match="is not the output of shard 1"):
        commit(store, plan, total)


def test_a_shard_that_has_its_output_is_not_run_again(store: Store) -> None:
    plan = make_plan(store, "a", works.noted_square, {}, [{"number": 3}])

    run_shard(store, plan, 0)
    run_shard(store, plan, 0)

    assert len(list(store.scan("notes/"))) == 1


def test_the_first_output_of_a_shard_stays(store: Store) -> None:
    plan = make_plan(store, "a", works.noted_square, {}, [{"number": 3}])
    runs = [threading.Thread(target=run_shard, args=(store, plan, 0)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert list(outputs(store, plan)) == [{"square": 9}]


@pytest.mark.parametrize("kept", [True, False], ids=["that took effect", "that had none"])
@pytest.mark.parametrize("write", range(4))
def test_a_failing_write_anywhere_is_made_good(store: Store, write: int, kept: bool) -> None:
    faulty = FaultyStore(store, write, kept)  # writes: a page, the plan, an output, the result

    result = commit(faulty, squares(faulty, 1), total)

    assert result == {"total": 0}
    assert faulty.failed == 1


@pytest.mark.parametrize("write", range(4))
def test_after_a_store_that_stays_away_the_job_goes_on_to_the_same_result(store: Store, write: int) -> None:
    faulty = FaultyStore(store, write, kept=False, times=10)
    with pytest.raises(StoreUnavailable):
        commit(faulty, squares(faulty, 1), total)

    assert commit(store, squares(store, 1), total) == {"total": 0}
