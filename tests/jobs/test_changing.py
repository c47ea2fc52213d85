"""Jobs on every kind of store: exactly one worker gets a job, whatever the store says about its writes."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from modelet.errors import Conflict, InvalidName, JobNotFound, StoreUnavailable
from modelet.jobs.changing import claim, create, finish, release, renew
from modelet.jobs.keeping import kept
from modelet.jobs.reading import LIST_LIMIT, list_jobs, read_job
from modelet.jobs.record import Failure, Job
from modelet.store import open_store
from modelet.store.base import Store
from tests.registry.faulty_store import Fault, FaultyStore
from tests.watched_store import WatchedStore

Use = Callable[[], object]

CLAIMERS = 32


def claimed(store: Store, job: Job, lease_seconds: float = 60.0) -> Job:
    held = claim(store, job.id, lease_seconds)
    assert held is not None
    return held


def test_a_job_goes_from_waiting_to_succeeded(store: Store) -> None:
    job = create(store, "register", {"model": "digits"})
    assert read_job(store, job.id) == job

    held = claimed(store, job)
    assert read_job(store, job.id).state == "running"
    finish(store, held, {"version": 1})

    done = read_job(store, job.id)
    assert (done.state, done.result, done.error, done.request) == ("succeeded", {"version": 1}, None, job.request)


def test_a_failed_job_says_why(store: Store) -> None:
    job = create(store, "register", {})

    finish(store, claimed(store, job), Failure("model_refused", "It holds no graph."))

    done = read_job(store, job.id)
    assert (done.state, done.error) == ("failed", Failure("model_refused", "It holds no graph."))


def test_of_many_claimers_one_gets_the_job(store: Store) -> None:
    job = create(store, "register", {})
    together = Barrier(CLAIMERS)

    def worker(_: int) -> Job | None:
        together.wait()
        return claim(store, job.id)

    with ThreadPoolExecutor(CLAIMERS) as pool:
        winners = [held for held in pool.map(worker, range(CLAIMERS)) if held is not None]

    assert len(winners) == 1
    assert read_job(store, job.id) == winners[0]


def test_a_job_that_is_done_is_claimed_by_nobody(store: Store) -> None:
    job = create(store, "register", {})
    finish(store, claimed(store, job), {})

    assert claim(store, job.id) is None


def test_the_job_of_a_worker_that_died_is_taken_over_by_one(store: Store) -> None:
    job = create(store, "register", {})
    dead = claimed(store, job, lease_seconds=0.0)

    successor = claimed(store, job)

    assert claim(store, job.id) is None
    assert successor.attempts == 2
    late: list[Use] = [lambda: finish(store, dead, {}), lambda: renew(store, dead), lambda: release(store, dead)]
    for change in late:
        with pytest.raises(Conflict, match="no longer this worker's"):
            change()
    assert read_job(store, job.id) == successor


def test_a_job_that_was_given_back_is_claimed_again_at_once(store: Store) -> None:
    job = create(store, "register", {})
    release(store, claimed(store, job))

    assert claimed(store, job).attempts == 2


def test_a_job_that_expired_is_claimed_by_nobody_and_says_so(store: Store) -> None:
    job = create(store, "register", {}, expires_in=-1.0)

    assert claim(store, job.id) is None
    seen = read_job(store, job.id)
    assert (seen.state, seen.error and seen.error.code) == ("failed", "expired")


def test_a_claim_is_kept_while_the_work_lasts() -> None:
    renewed = Event()
    writes: list[str] = []

    def watch(verb: str, key: str) -> None:
        if verb == "put_if_match":
            writes.append(key)
            if len(writes) == 3:
                renewed.set()

    store = WatchedStore(open_store("memory://kept"), watch)
    job = create(store, "register", {})
    held = claimed(store, job, lease_seconds=0.3)
    began = time.time()

    with kept(store, held, lease_seconds=0.3):
        assert renewed.wait(30)
        assert claim(store, job.id) is None

    seen = read_job(store, job.id)
    assert seen.claim is not None
    assert seen.claim.until > began + 0.3
    assert finish(store, held, {}).state == "succeeded"


def test_keeping_a_claim_that_was_lost_ends_quietly(store: Store) -> None:
    job = create(store, "register", {})
    dead = claimed(store, job, lease_seconds=0.0)
    successor = claimed(store, job)

    with kept(store, dead, lease_seconds=0.003):
        assert claim(store, job.id) is None

    assert read_job(store, job.id) == successor


@pytest.mark.parametrize("fault", [Fault.BEFORE, Fault.AFTER, Fault.RETRIED, Fault.CONFLICT])
def test_every_change_happens_once_whatever_the_store_answers(store: Store, fault: Fault) -> None:
    job = create(FaultyStore(store, fault), "register", {"model": "digits"})
    held = claim(FaultyStore(store, fault), job.id)
    assert held is not None
    renew(FaultyStore(store, fault), held)
    done = finish(FaultyStore(store, fault), held, {"version": 1})

    assert read_job(store, job.id) == done
    assert (done.attempts, done.result) == (1, {"version": 1})
    assert len(list_jobs(store)) == 1


def test_a_store_that_stays_down_is_reported() -> None:
    store = open_store("memory://down")
    job = create(store, "register", {})
    down = FaultyStore(store, Fault.BEFORE, forever=True)

    changes: list[Use] = [lambda: create(down, "register", {}), lambda: claim(down, job.id)]
    for change in changes:
        with pytest.raises(StoreUnavailable):
            change()
    assert list_jobs(store) == [job]


@pytest.mark.parametrize("job_id", ["", "..", "0" * 31, "0" * 33, "G" * 32, "0" * 31 + "\n", "../" + "0" * 29])
def test_an_id_that_cannot_be_one_is_refused_before_any_access(job_id: str) -> None:
    def untouchable(verb: str, key: str) -> None:
        raise AssertionError(f"{verb} {key}")

    store = WatchedStore(open_store("memory://untouched"), untouchable)

    uses: list[Use] = [
        lambda: read_job(store, job_id),
        lambda: claim(store, job_id),
        lambda: list_jobs(store, 1, job_id),
    ]
    for use in uses:
        with pytest.raises(InvalidName, match="is not the id of a job"):
            use()


def test_an_unknown_job_is_not_found(store: Store) -> None:
    uses: list[Use] = [lambda: read_job(store, "0" * 32), lambda: claim(store, "0" * 32)]
    for use in uses:
        with pytest.raises(JobNotFound, match=r"There is no job 0{32}"):
            use()


def test_jobs_are_listed_newest_first_in_pages() -> None:
    store = open_store("memory://pages")
    store.put("jobs/other/plan.json", [b"{}"])
    made = []
    for number in range(5):
        made.append(create(store, "register", {"number": number}))
        _wait_for_another_millisecond()

    assert [job.id for job in list_jobs(store)] == [job.id for job in reversed(made)]
    first = list_jobs(store, limit=2)
    second = list_jobs(store, limit=2, before=first[-1].id)
    assert [job.request["number"] for job in (*first, *second)] == [4, 3, 2, 1]
    assert len(list_jobs(store, limit=LIST_LIMIT + 1000)) == 5


def test_ids_differ_even_within_one_millisecond() -> None:
    store = open_store("memory://ids")

    assert len({create(store, "register", {}).id[12:] for _ in range(100)}) == 100


def _wait_for_another_millisecond() -> None:
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == now:
        pass
