"""Finding jobs on a store. Nothing here writes."""

import re
import secrets
import time

from modelet.errors import InvalidName, JobNotFound
from modelet.jobs.record import Job
from modelet.store.base import Store

LIST_LIMIT = 200

_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """An id that nobody can guess; ids sort by the time of their making."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def check_id(job_id: str) -> str:
    """Answer the id if it can be one; raises InvalidName."""
    if not _ID.fullmatch(job_id):
        raise InvalidName(f"{job_id!r:.80} is not the id of a job: it has 32 hexadecimal digits.")
    return job_id


def job_key(job_id: str) -> str:
    """Where a job's record lives."""
    return f"jobs/{check_id(job_id)}/state.json"


def load_job(store: Store, job_id: str) -> tuple[Job, str]:
    """A job as it was written last, and the ETag of its record; raises InvalidName, JobNotFound or CorruptObject."""
    key = job_key(job_id)
    try:
        found = store.get(key)
    except FileNotFoundError:
        raise JobNotFound(f"There is no job {job_id} in {store.url}.") from None
    assert found is not None  # only a get with an ETag answers None
    return Job.parse(found.data, key), found.etag


def read_job(store: Store, job_id: str) -> Job:
    """A job as it is now; raises InvalidName, JobNotFound or CorruptObject."""
    return load_job(store, job_id)[0].at(time.time())


def list_jobs(store: Store, limit: int = LIST_LIMIT, before: str | None = None) -> list[Job]:
    """The newest jobs, newest first; of those older than the job `before` where that is given."""
    bound = None if before is None else check_id(before)
    ids = [name for name in store.folders("jobs/") if _ID.fullmatch(name) and (bound is None or name < bound)]
    newest = sorted(ids, reverse=True)[: min(limit, LIST_LIMIT)]
    return [job for job_id in newest if (job := _maybe(store, job_id)) is not None]


def _maybe(store: Store, job_id: str) -> Job | None:
    try:
        return read_job(store, job_id)
    except JobNotFound:
        return None  # removed meanwhile, or a folder with no record yet
