from collections.abc import Callable
from dataclasses import replace

import pytest

from modelet.errors import Conflict, CorruptObject, UnknownSchema
from modelet.jobs.record import ABANDONED_SECONDS, ATTEMPTS, Claim, Failure, Job

NOW = 1_000_000.0
WAITING = Job("0" * 32, "register", {"model": "digits"}, "2026-07-10T19:19:05Z", "2026-07-10T19:19:05Z", "operation")
RUNNING = WAITING.claimed("worker", NOW + 10)


def test_a_record_is_read_as_it_was_written() -> None:
    failed = replace(RUNNING.finished("worker", Failure("model_refused", "no")), expires=NOW, rest={"newer": [1]})

    for job in (WAITING, RUNNING, failed, RUNNING.finished("worker", {"version": 1})):
        assert Job.parse(job.dump(), "here") == job


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        (b'"waiting"', b'"sleeping"'),
        (b'"attempts": 0', b'"attempts": "0"'),
        (b'"request": {', b'"request": 1, "x": {'),
    ],
)
def test_a_damaged_record_names_the_field(written: bytes, wrong: bytes) -> None:
    data = WAITING.dump()
    assert written in data

    with pytest.raises(CorruptObject, match=r"here: (state|attempts|request) must be"):
        Job.parse(data.replace(written, wrong), "here")


def test_a_record_of_a_newer_modelet_is_refused_by_name() -> None:
    with pytest.raises(UnknownSchema, match="schema 2"):
        Job.parse(WAITING.dump().replace(b'"schema": 1', b'"schema": 2'), "here")


def test_a_job_that_nobody_starts_in_time_has_failed() -> None:
    job = replace(WAITING, expires=NOW)

    assert job.at(NOW) is job
    late = job.at(NOW + 1)
    assert (late.state, late.error and late.error.code) == ("failed", "expired")


def test_a_running_job_is_claimable_when_its_claim_has_run_out() -> None:
    assert not RUNNING.claimable(NOW + 9)
    assert RUNNING.claimable(NOW + 10)


def test_a_job_that_no_worker_takes_over_has_failed() -> None:
    assert RUNNING.at(NOW + ABANDONED_SECONDS) is RUNNING
    late = RUNNING.at(NOW + 11 + ABANDONED_SECONDS)
    assert (late.state, late.error and late.error.code) == ("failed", "abandoned")


def test_a_job_that_keeps_killing_its_workers_has_failed() -> None:
    job = WAITING
    for attempt in range(ATTEMPTS):
        job = job.claimed(f"worker {attempt}", NOW)
        assert (job.state, job.attempts) == ("running", attempt + 1)

    given_up = job.claimed("one more", NOW)

    assert (given_up.state, given_up.error and given_up.error.code) == ("failed", "abandoned")


def test_only_the_worker_that_holds_a_job_changes_it() -> None:
    changes: list[Callable[[], Job]] = [
        lambda: RUNNING.finished("another", {}),
        lambda: RUNNING.renewed("another", NOW),
        lambda: RUNNING.released("another", NOW),
        lambda: WAITING.finished("worker", {}),
        lambda: RUNNING.finished("worker", {}).finished("worker", {}),
    ]

    for change in changes:
        with pytest.raises(Conflict, match="no longer this worker's"):
            change()


def test_a_job_that_was_given_back_waits_but_not_for_ever() -> None:
    job = RUNNING.released("worker", NOW)

    assert (job.state, job.claim, job.attempts) == ("waiting", None, 1)
    late = job.at(NOW + ABANDONED_SECONDS + 1)
    assert (late.state, late.error and late.error.code) == ("failed", "abandoned")


def test_a_finished_job_holds_no_claim() -> None:
    assert RUNNING.finished("worker", {"version": 1}).claim is None
    assert Job.parse(RUNNING.dump(), "here").claim == Claim("worker", NOW + 10)
