"""The worker as AWS Batch starts it: what its exit status says, and which shard it runs."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from modelet.errors import InvalidSetting
from modelet.shards import Plan, make_plan, results
from modelet.shards.engines import DEFINITION, QUEUE, Batch, Inline, Pool, engine_for
from modelet.shards.work import Work
from modelet.store import open_store
from modelet.store.base import Store
from tests.s3_proxy import faulty_proxy
from tests.shards import works
from tests.shards.aws_batch import FakeContainers


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file://{tmp_path}/store")


@pytest.fixture
def containers(s3_env: dict[str, str]) -> FakeContainers:
    return FakeContainers(s3_env, f"worker-{uuid.uuid4().hex}")


def numbers(store: Store, work: Work, count: int = 3) -> Plan:
    return make_plan(store, "numbers", work, {}, ({"number": number} for number in range(count)))


def worker(store: Store, *arguments: str, index: str | None = None) -> tuple[int, str]:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    env |= {} if index is None else {"AWS_BATCH_JOB_ARRAY_INDEX": index}
    command = [sys.executable, "-m", "modelet.shards.worker", "--store", store.url, *arguments]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    return ended.returncode, ended.stderr


def test_a_worker_runs_the_shard_of_its_index(store: Store) -> None:
    plan = numbers(store, works.square)

    status, _ = worker(store, "--job", plan.id, index="2")

    assert status == 0
    assert results(store, plan) == {2: {"square": 4}}


@pytest.mark.parametrize(("work", "status"), [(works.refused_when_odd, 65), (works.broken_when_odd, 1)])
def test_the_exit_status_says_whether_another_try_may_help(store: Store, work: Work, status: int) -> None:
    plan = numbers(store, work)

    assert worker(store, "--job", plan.id, index="1")[0] == status


def test_a_worker_of_a_job_that_is_not_there_says_so(store: Store) -> None:
    status, told = worker(store, "--job", "nothing")

    assert (status, told) == (65, f"modelet.shards.worker: There is no plan of a job nothing in {store.url}.\n")


def test_a_worker_whose_list_of_shards_is_gone_says_so(store: Store) -> None:
    plan = numbers(store, works.square)

    status, told = worker(store, "--job", plan.id, "--array", "0" * 64, index="1")

    assert status == 65
    assert f"jobs/numbers/arrays/{'0' * 64}.json is missing" in told


def test_an_array_job_has_the_size_of_what_is_missing_and_retries_what_may_be_retried(
    store: Store, containers: FakeContainers, s3_env: dict[str, str]
) -> None:
    plan = numbers(store, works.square, count=5)
    Inline().run(store, plan, stop=lambda: len(results(store, plan)) == 2)

    Batch(containers.queue, containers.definition, s3_env, pause=containers.pause).run(store, plan)

    (submitted,) = containers.submitted
    assert submitted["jobName"] == "modelet-numbers"
    assert submitted["arrayProperties"]["size"] == 3
    assert submitted["container"]["command"][:7] == [
        "python", "-m", "modelet.shards.worker", "--store", store.url, "--job", "numbers",
    ]  # fmt: skip
    assert containers.exits == [0, 0, 0]
    assert results(store, plan) == {index: {"square": index**2} for index in range(5)}


def test_a_stopped_job_is_terminated_on_aws_batch(
    store: Store, containers: FakeContainers, s3_env: dict[str, str]
) -> None:
    plan = numbers(store, works.square)
    asked = iter([False, True])

    with faulty_proxy(s3_env["AWS_ENDPOINT_URL"]) as proxy:
        env = {**s3_env, "AWS_ENDPOINT_URL_BATCH": proxy.url}
        batch = Batch(containers.queue, containers.definition, env, pause=containers.pause)
        batch.run(store, plan, stop=lambda: next(asked))

    assert [seen.path for seen in proxy.seen] == ["/v1/submitjob", "/v1/terminatejob"]


@pytest.mark.parametrize(("queue", "definition"), [("nowhere", None), (None, "nothing")])
def test_a_queue_or_a_definition_that_there_is_not_is_told(
    store: Store, containers: FakeContainers, s3_env: dict[str, str], queue: str | None, definition: str | None
) -> None:
    plan = numbers(store, works.square)
    batch = Batch(queue or containers.queue, definition or containers.definition, s3_env, pause=containers.pause)

    with pytest.raises(
        InvalidSetting, match=r"AWS Batch refuses to run the shards: .* (nowhere|nothing) does not exist"
    ):
        batch.run(store, plan)


def test_the_engine_follows_the_environment_and_the_store(store: Store) -> None:
    memory = open_store("memory://engine")
    deployed = {QUEUE: "a", DEFINITION: "b"}

    assert engine_for(store, 2, {}) == Pool(2, {})
    assert isinstance(engine_for(store, 1, {}), Inline)
    assert isinstance(engine_for(memory, 2, {}), Inline)
    assert engine_for(store, 2, deployed) == Batch("a", "b", deployed)
