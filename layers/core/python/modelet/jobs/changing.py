"""Changing jobs: create, claim, renew, release, finish. Each is one conditional write with an operation id, so that
whoever is told "no" recognises a write of its own.
"""

import math
import time
from collections.abc import Callable
from dataclasses import replace

from modelet.errors import Conflict, JobNotFound, RegistryBusy, StoreUnavailable
from modelet.jobs.reading import job_key, load_job, new_id
from modelet.jobs.record import Failure, Job, Json
from modelet.jobs.workers import is_gone, this_worker
from modelet.registry.operations import WRITE_FAILURES, attempts, new_operation, now
from modelet.store.base import AlreadyExists, Changed, Store

TRIES = 20
LEASE_SECONDS = 45.0
"""Shorter than the minute that Lambda waits before it retries an asynchronous invocation whose worker died:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""


def create(store: Store, kind: str, request: Json, expires_in: float | None = None) -> Job:
    """Write a new waiting job; unless it is claimed within `expires_in` seconds, it has failed. Raises
    RegistryBusy or StoreUnavailable.
    """
    moment, job_id = now(), new_id()
    expires = None if expires_in is None else time.time() + expires_in
    job = Job(job_id, kind, request, created=moment, updated=moment, operation=new_operation(), expires=expires)
    failures: list[StoreUnavailable] = []
    for _ in attempts(TRIES):
        try:
            store.put_if_absent(job_key(job_id), job.dump())
            return job
        except AlreadyExists:
            pass  # by our own write, for nobody else has this id; or it is still under way: reading tells
        except StoreUnavailable as error:
            failures.append(error)
        try:
            return load_job(store, job_id)[0]
        except JobNotFound:
            if len(failures) == WRITE_FAILURES:
                raise failures[-1] from None
    raise RegistryBusy("The job could not be recorded; try again.")


def claim(store: Store, job_id: str, lease_seconds: float = LEASE_SECONDS) -> Job | None:
    """Take a job for this worker; None where another works on it, or it is done. Of any number of claimers, one gets
    it.

    Raises InvalidName, JobNotFound, RegistryBusy or StoreUnavailable.
    """

    def change(job: Job, operation: str) -> Job | None:
        moment = time.time()
        seen = job.at(moment)
        if seen is not job:
            return seen
        return job.claimed(operation, moment + lease_seconds) if job.claimable(moment) else None

    changed = _change(store, job_id, change)
    return changed if changed and changed.state == "running" else None


def resume(store: Store, job_id: str, lease_seconds: float = LEASE_SECONDS) -> Job:
    """Take a job for this process because somebody asked for it, however often it was tried; also from a worker of this
    machine that is no more, however long its claim would last.

    Raises Conflict where another works on it, or where it has ended by itself; InvalidName, JobNotFound, RegistryBusy
    or StoreUnavailable.
    """

    def change(job: Job, operation: str) -> Job:
        moment, claim = time.time(), job.claim
        if job.state == "running" and claim and moment < claim.until and not is_gone(claim.worker):
            raise Conflict(
                f"Job {job.id} is being worked on: unless its worker says so again, it can be resumed in "
                f"{math.ceil(claim.until - moment)} s."
            )
        return job.resumed(operation, moment + lease_seconds, this_worker())

    changed = _change(store, job_id, change)
    assert changed is not None
    return changed


def renew(store: Store, held: Job, lease_seconds: float = LEASE_SECONDS, progress: Json | None = None) -> Job:
    """Keep a claimed job for longer, and say how far it is; raises Conflict where it is another's by now."""
    return _held(store, held, lambda job, token: job.renewed(token, time.time() + lease_seconds, progress))


def release(store: Store, held: Job) -> Job:
    """Give a claimed job back, to be tried again; raises Conflict where it is another's by now."""
    return _held(store, held, lambda job, token: job.released(token, time.time()))


def finish(store: Store, held: Job, outcome: Json | Failure) -> Job:
    """End a claimed job with its result or its failure; raises Conflict where it is another's by now."""
    return _held(store, held, lambda job, token: job.finished(token, outcome))


def _held(store: Store, held: Job, change: Callable[[Job, str], Job]) -> Job:
    assert held.claim is not None
    token = held.claim.token
    changed = _change(store, held.id, lambda job, _: change(job, token))
    assert changed is not None
    return changed


def _change(store: Store, job_id: str, change: Callable[[Job, str], Job | None]) -> Job | None:
    operation, key = new_operation(), job_key(job_id)
    failures: list[StoreUnavailable] = []
    for _ in attempts(TRIES):
        job, etag = load_job(store, job_id)
        if job.operation == operation:
            return job
        if len(failures) == WRITE_FAILURES:
            raise failures[-1]
        changed = change(job, operation)
        if changed is None:
            return None
        changed = replace(changed, operation=operation, updated=now())
        try:
            store.put_if_match(key, changed.dump(), etag)
            return changed
        except Changed:
            pass  # by our own write or another's: reading tells
        except StoreUnavailable as error:
            failures.append(error)
    raise RegistryBusy(f"Too many concurrent changes of job {job_id}; try again.")
