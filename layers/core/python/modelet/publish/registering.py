"""The use case behind every upload: claim its job, examine and publish the uploaded file as `modelet push` does, and
say on the job what came of it. Triggers come more than once; only the first does anything.
"""

import tempfile
from pathlib import Path

from modelet.errors import InvalidRequest, ModeletError, RefusedModel, StoreUnavailable, Unavailable
from modelet.jobs.changing import claim, finish, release
from modelet.jobs.keeping import kept
from modelet.jobs.reading import read_job
from modelet.jobs.record import ATTEMPTS, Failure, Job, Json
from modelet.jobs.uploads import KIND, Upload, upload_key
from modelet.publish.draft import Draft
from modelet.publish.push import push
from modelet.publish.step import MIB, Limits
from modelet.registry.publishing import Once
from modelet.store.base import Store

UNEXPECTED = Failure("internal", "An unexpected failure; it was logged.")


def register(store: Store, job_id: str, limits: Limits) -> Job:
    """Do the work of a register job, unless it is done, or is another worker's, or nothing was uploaded yet; answers
    the job as it is then.

    A model that is refused is a failed job. Raises InvalidName, JobNotFound, and Unavailable where the same call may
    succeed a little later; whatever else it raises is recorded on the job too.
    """
    job = read_job(store, job_id)
    if job.kind != KIND:
        raise InvalidRequest(f"Job {job_id} is a {job.kind!r} job: there is nothing to register.")
    if job.done:
        _discard(store, job)
        return job
    held = claim(store, job_id) if _has_come(store, job) else None
    if held is None:
        return read_job(store, job_id)
    with kept(store, held):
        outcome = _outcome(store, held, limits)
    finished = finish(store, held, outcome)
    _discard(store, finished)
    return finished


def _outcome(store: Store, held: Job, limits: Limits) -> Json | Failure:
    try:
        return _publish(store, held, limits)
    except Unavailable as error:
        if held.attempts < ATTEMPTS:
            release(store, held)
            raise
        return Failure.of(error)
    except ModeletError as error:
        return Failure.of(error)
    except Exception:
        finish(store, held, UNEXPECTED)
        raise


def _publish(store: Store, held: Job, limits: Limits) -> Json:
    upload = Upload.read(held.request, f"The request of job {held.id}")
    columns = tuple(upload.columns)
    draft = Draft(upload.description, upload.licence, upload.labels, lineage={"job": held.id}, columns=columns)
    once = Once(held.id, upload.after)
    with tempfile.TemporaryDirectory(prefix="modelet-") as folder:
        path = Path(folder) / f"{upload.model}.onnx"
        _download(store, held.id, path, limits.memory_bytes)
        manifest = push(store, path, upload.model, draft, promoted=upload.promote, limits=limits, once=once)
    return {"model": manifest.model, "version": manifest.version, "digest": manifest.artifact.sha256}


def _download(store: Store, job_id: str, path: Path, limit: int) -> None:
    # A file that is larger than the memory that examining it may use would be refused in any case.
    size = 0
    try:
        with path.open("xb") as file:
            for chunk in store.stream(upload_key(job_id)):
                size += len(chunk)
                if size > limit:
                    raise RefusedModel(f"The uploaded file is larger than the {limit // MIB} MB that may be examined.")
                file.write(chunk)
    except FileNotFoundError:
        raise RefusedModel("The uploaded file was removed before it could be examined; upload it again.") from None
    except OSError as error:
        # No fault of the model's: another attempt, elsewhere perhaps, may have room for it.
        raise Unavailable(f"The uploaded file cannot be kept while it is examined: {error.strerror}.") from error


def _has_come(store: Store, job: Job) -> bool:
    try:
        store.head(upload_key(job.id))
    except FileNotFoundError:
        return False
    return True


def _discard(store: Store, job: Job) -> None:
    try:
        store.delete(upload_key(job.id))
    except StoreUnavailable:
        return  # what is left of an upload expires by itself
