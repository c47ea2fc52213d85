"""One contract, whatever runs the shards: this process, a pool of processes, or array jobs of AWS Batch."""

import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from modelet.shards import Plan, commit, make_plan, missing, results, run_shard
from modelet.shards.cancelling import cancel, uncancel
from modelet.shards.engines import Batch, Engine, Inline, Pool
from modelet.shards.incomplete import Incomplete
from modelet.shards.work import Json, Work
from modelet.store import open_store
from modelet.store.base import Store
from tests.shards import works
from tests.shards.aws_batch import FakeContainers

SQUARES = [{"square": number**2} for number in range(4)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file://{tmp_path}/store")


@pytest.fixture
def containers(s3_env: dict[str, str]) -> FakeContainers:
    return FakeContainers(s3_env, f"modelet-{uuid.uuid4().hex}")


@pytest.fixture(params=["inline", "pool", "batch"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "inline":
        return Inline()
    if request.param == "pool":
        return Pool(2)
    containers: FakeContainers = request.getfixturevalue("containers")
    env = request.getfixturevalue("s3_env")
    return Batch(containers.queue, containers.definition, env, pause=containers.pause)


def numbers(store: Store, work: Work, count: int = 4) -> Plan:
    return make_plan(store, "numbers", work, {}, ({"number": number} for number in range(count)))


def all_squares(store: Store, plan: Plan) -> list[Json]:
    listed = commit(store, plan, lambda each: {"outputs": list(each)})["outputs"]
    assert isinstance(listed, list)
    return listed


def calls(store: Store) -> Counter[int]:
    """How often the work of each shard was called."""
    return Counter(int(entry.key.split("/")[1]) for entry in store.scan("notes/"))


def test_every_shard_comes_to_its_output_and_the_progress_is_told(store: Store, engine: Engine) -> None:
    plan, told = numbers(store, works.square), list[tuple[int, int]]()

    engine.run(store, plan, lambda done, count: told.append((done, count)))

    assert all_squares(store, plan) == SQUARES
    assert told[-1] == (4, 4)
    assert told == sorted(told)


def test_only_what_is_missing_is_run(store: Store, engine: Engine) -> None:
    plan = numbers(store, works.noted_square)
    run_shard(store, plan, 0)
    run_shard(store, plan, 2)

    engine.run(store, plan)
    engine.run(store, plan)

    assert calls(store) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert all_squares(store, plan) == SQUARES


def test_what_is_refused_on_purpose_is_not_tried_again_and_the_commit_says_why(store: Store, engine: Engine) -> None:
    plan = numbers(store, works.refused_when_odd)

    engine.run(store, plan)

    assert calls(store) == {1: 1, 3: 1}
    assert results(store, plan) == {0: {"square": 0}, 2: {"square": 4}}
    with pytest.raises(Incomplete, match=r"2 of 4 shards have no output\. shard 1: 1 is odd\.; shard 3: 3 is odd\."):
        all_squares(store, plan)


def test_what_fails_by_accident_is_tried_three_times_and_named(store: Store, engine: Engine) -> None:
    plan = numbers(store, works.broken_when_odd, count=2)

    engine.run(store, plan)

    assert calls(store)[1] == 3
    with pytest.raises(Incomplete, match="shard 1: ZeroDivisionError: a bug"):
        all_squares(store, plan)


def test_what_was_away_for_a_while_is_tried_again(store: Store, engine: Engine) -> None:
    plan = numbers(store, works.away_at_first, count=2)

    engine.run(store, plan)

    assert all_squares(store, plan) == SQUARES[:2]


def test_a_job_of_one_shard_is_run(store: Store, engine: Engine) -> None:
    plan = numbers(store, works.square, count=1)

    engine.run(store, plan)

    assert all_squares(store, plan) == SQUARES[:1]


def test_a_job_without_shards_has_a_result(store: Store, engine: Engine) -> None:
    plan = numbers(store, works.square, count=0)

    engine.run(store, plan)

    assert all_squares(store, plan) == []


def test_a_cancelled_job_begins_no_shard_until_it_is_let_go_on(store: Store, engine: Engine) -> None:
    plan = numbers(store, works.square)
    cancel(store, plan.id)

    engine.run(store, plan)
    after = missing(store, plan)
    uncancel(store, plan.id)
    engine.run(store, plan)

    assert after == [0, 1, 2, 3]
    assert missing(store, plan) == []


@pytest.mark.parametrize("stop", [lambda: True])
def test_an_engine_that_is_told_to_stop_leaves_the_rest(store: Store, engine: Engine, stop: Callable[[], bool]) -> None:
    plan = numbers(store, works.square)

    engine.run(store, plan, stop=stop)

    assert missing(store, plan) == [0, 1, 2, 3]


def test_shards_of_a_store_in_s3_are_run(engine: Engine, s3_url: str, s3_env: dict[str, str]) -> None:
    store = open_store(s3_url, s3_env)
    plan = numbers(store, works.square, count=2)
    reaching = Pool(2, s3_env) if isinstance(engine, Pool) else engine

    reaching.run(store, plan)

    assert all_squares(store, plan) == SQUARES[:2]
