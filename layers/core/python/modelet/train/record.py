"""The record of a run: a job of the kind `train`, whose request is all that it takes to run it again."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import orjson

from modelet.errors import (
    CandidateRefused,
    InvalidJob,
    InvalidRequest,
    JobNotFound,
    ModeletError,
    StoreUnavailable,
    Unavailable,
)
from modelet.jobs.changing import create, finish, release, resume
from modelet.jobs.keeping import Keeper, kept
from modelet.jobs.reading import check_id, list_jobs, read_job
from modelet.jobs.record import Failure, Job, Json
from modelet.registry.reading import list_versions
from modelet.store.base import Store
from modelet.train import job as descriptions
from modelet.train.candidate import describe_candidate
from modelet.train.document import Place
from modelet.train.lineage import live_version

if TYPE_CHECKING:
    from modelet.train.job import Job as Described

KIND = "train"
UNEXPECTED = Failure("internal", "An unexpected failure.")


def begin(store: Store, job: "Described") -> Job:
    """Record that a job is being run by this process; raises StoreUnavailable, before anything is trained."""
    request = {
        "model": job.model,
        "job": job.to_json(),
        "sha256": job.digest(),
        "parent": live_version(store, job.model),
        "after": max(list_versions(store, job.model), default=0),
    }
    return resume(store, create(store, KIND, request).id)


def go_on(store: Store, run_id: str) -> Job:
    """Take a run up that was interrupted, or whose worker died; raises Conflict where it is done or another's."""
    read_run(store, run_id)
    return resume(store, run_id)


def read_run(store: Store, run_id: str) -> Job:
    """A run as it is now; raises InvalidName, JobNotFound, and InvalidRequest for a job of another kind."""
    held = read_job(store, run_id)
    if held.kind != KIND:
        raise InvalidRequest(f"Job {run_id} is a {held.kind!r} job, and no training run.")
    return held


def described(run: Job) -> "Described":
    """The job that a run runs; raises InvalidJob where this Modelet reads it otherwise than the one that began it."""
    return descriptions.read_job(orjson.dumps(run.request["job"]), Place(f"The job of run {run.id}", has_lines=False))


@contextmanager
def recorded(store: Store, run: Job) -> Iterator[Keeper]:
    """Keep a run's claim, and say on its record how it ended: what is raised within is a failure, but for an interrupt,
    for a store that is away, and for whatever may be the fault of where a run was resumed, or of publishing what it has
    made: then it waits to be resumed. Where the record cannot be written either, what was raised is told, and not that.
    """
    try:
        with kept(store, run) as keeper:
            yield keeper
    except Exception as error:
        with suppress(ModeletError):
            if _may_go_on(store, run, error):
                release(store, run)
            else:
                finish(store, run, Failure.of(error) if isinstance(error, ModeletError) else UNEXPECTED)
        raise
    except BaseException:
        with suppress(ModeletError):
            release(store, run)
        raise


def succeed(store: Store, run: Job, result: Json) -> None:
    """Say that a run has made a version; raises StoreUnavailable where its record is gone."""
    try:
        finish(store, run, result)
    except JobNotFound:
        raise StoreUnavailable(f"The record of run {run.id} is gone from {store.url}: was the store moved?") from None


def _may_go_on(store: Store, run: Job, error: Exception) -> bool:
    if isinstance(error, CandidateRefused):
        return False
    is_elsewhere = isinstance(error, InvalidJob) and run.attempts > 1
    return isinstance(error, Unavailable) or is_elsewhere or describe_candidate(store, run.id) is not None


def find_run(store: Store, beginning: str) -> str:
    """The id of the only run whose id begins so; raises InvalidRequest where several do, JobNotFound where none does,
    among the newest.
    """
    found = [job.id for job in list_jobs(store) if job.kind == KIND and job.id.startswith(beginning)]
    if len(found) > 1:
        raise InvalidRequest(f"{len(found)} runs begin with {beginning!r:.40}: {', '.join(found[:5])}.")
    return found[0] if found else check_id(beginning)


def list_runs(store: Store, model: str | None = None) -> list[Job]:
    """The newest runs, newest first: of one model, or of all."""
    return [job for job in list_jobs(store) if job.kind == KIND and model in (None, job.request["model"])]


def state_of(run: Job) -> str:
    """What a run's state is called: one that waits was interrupted, and a refusal is no failure."""
    if run.state == "waiting" and run.attempts:
        return "interrupted"
    return "refused" if run.error and run.error.code == CandidateRefused.code else run.state
