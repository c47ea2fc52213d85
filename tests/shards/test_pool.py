"""The pool of processes: what happens when one of them, or the one that started them, is ended in the middle."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from modelet.errors import Unavailable
from modelet.shards import Plan, commit, make_plan, missing, results
from modelet.shards.engines import Pool
from modelet.shards.incomplete import Incomplete
from modelet.shards.work import Work
from modelet.store import open_store
from modelet.store.base import Store
from tests.shards import works
from tests.watched_store import WatchedStore

SECONDS = 30.0
ENGINE = """
import sys
from modelet.shards import load_plan
from modelet.shards.engines import Pool
from modelet.store import open_store

store = open_store(sys.argv[1])
Pool(2).run(store, load_plan(store, "numbers"))
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(f"file://{tmp_path}/store")


def numbers(store: Store, work: Work, count: int = 4) -> Plan:
    return make_plan(store, "numbers", work, {}, ({"number": number} for number in range(count)))


def pids(store: Store, count: int) -> list[int]:
    """The processes that run shards, once there are as many."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = [int(entry.key.split("/")[1]) for entry in store.scan("pids/")]
        if len(found) == count:
            return found
    raise AssertionError("the shards were not begun")


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def all_end(found: list[int]) -> bool:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if not any(is_there(pid) for pid in found):
            return True
    return False


def test_a_shard_whose_process_was_killed_is_run_by_another(store: Store) -> None:
    plan = numbers(store, works.killed_at_first)

    Pool(2).run(store, plan)

    assert missing(store, plan) == []


def test_a_shard_that_kills_its_process_each_time_is_given_up_and_the_others_are_run(store: Store) -> None:
    plan = numbers(store, works.killed_always)

    Pool(2).run(store, plan)

    assert list(results(store, plan)) == [0, 2, 3]
    assert Counter(entry.key.split("/")[1] for entry in store.scan("notes/")) == {"1": 3}
    with pytest.raises(Incomplete, match="shard 1: Its process was ended by SIGKILL: there may be too little memory"):
        commit(store, plan, lambda each: {})


def test_processes_that_cannot_even_begin_are_not_started_for_ever(store: Store, tmp_path: Path) -> None:
    plan = numbers(store, works.square, count=50)
    here = WatchedStore(store, lambda verb, key: None)
    here.url = f"file://{tmp_path}/what-others-see"

    with pytest.raises(Unavailable, match=r"No process runs shards: 3 of them ended with status 65 before they had"):
        Pool(1).run(here, plan)


def test_stopping_ends_shards_that_are_being_run(store: Store) -> None:
    plan = numbers(store, works.endless, count=2)

    Pool(2).run(store, plan, stop=lambda: len(list(store.scan("pids/"))) == 2)

    assert not any(is_there(pid) for pid in pids(store, 2))
    assert missing(store, plan) == [0, 1]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sent: sent.name)
def test_no_process_outlives_the_one_that_started_it(store: Store, sent: signal.Signals) -> None:
    numbers(store, works.endless, count=2)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", ENGINE, store.url]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as engine:
        found = pids(store, 2)

        engine.send_signal(sent)
        engine.wait(SECONDS)

    assert all_end(found)
