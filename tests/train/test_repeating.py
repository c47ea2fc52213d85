"""Runs are made again from their records, and compared."""

import json
from pathlib import Path

import pytest

from modelet.errors import (
    NotFound,
)
from modelet.store.base import Store
from modelet.train import Job, run
from modelet.train.record import begin
from modelet.train.repeating import repeat

JOBS = Path(__file__).parents[2] / "jobs"


def test_a_run_is_made_again_from_its_record(memory: Store, iris: Job) -> None:
    made = run(memory, iris).run
    before = sorted(entry.key for entry in memory.scan(""))

    repeated = repeat(memory, made)

    assert repeated.is_same
    assert repeated.metrics["accuracy"] == (0.973684, 0.973684)
    assert repeated.in_words() == "the same metrics"
    assert sorted(entry.key for entry in memory.scan("")) == before


def test_a_run_that_comes_out_otherwise_is_told(memory: Store, iris: Job) -> None:
    made = run(memory, iris).run
    key = f"jobs/{made}/state.json"
    found = memory.get(key)
    assert found is not None
    held = json.loads(found.data)
    held["request"]["job"]["seed"] = 8
    memory.put_if_match(key, json.dumps(held).encode(), found.etag)

    repeated = repeat(memory, made)

    assert (repeated.is_same, repeated.same_artifact) == (False, False)
    assert repeated.in_words().startswith("other ")


def test_a_run_without_a_candidate_cannot_be_repeated(memory: Store, iris: Job) -> None:
    with pytest.raises(NotFound, match="there is nothing to compare with"):
        repeat(memory, begin(memory, iris).id)
