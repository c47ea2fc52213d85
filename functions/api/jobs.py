"""Jobs: what became of what takes longer than a request."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from functions.api.deployment import Here
from modelet.jobs.reading import LIST_LIMIT, list_jobs, read_job
from modelet.jobs.record import Job, State

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

Limit = Annotated[int, Query(ge=1, le=LIST_LIMIT)]
Before = Annotated[str | None, Query(description="The id of a job: only older ones are listed.")]


class JobError(BaseModel):
    """Why a job failed."""

    code: str
    message: str


class JobView(BaseModel):
    """One job. It is done when its state is `succeeded`, and has a `result`, or `failed`, and has an `error`; while it
    runs, `progress` says what its worker said last.
    """

    id: str
    url: str
    kind: str
    state: State
    created: str
    updated: str
    expires: datetime | None
    attempts: int
    progress: dict[str, Any] | None
    request: dict[str, Any]
    result: dict[str, Any] | None
    error: JobError | None

    @classmethod
    def of(cls, job: Job) -> "JobView":
        """The view of a job."""
        return cls(
            id=job.id,
            url=job_url(job),
            kind=job.kind,
            state=job.state,
            created=job.created,
            updated=job.updated,
            expires=None if job.expires is None else datetime.fromtimestamp(int(job.expires), UTC),
            attempts=job.attempts,
            progress=job.progress,
            request=job.request,
            result=job.result,
            error=JobError(code=job.error.code, message=job.error.message) if job.error else None,
        )


class Jobs(BaseModel):
    """The newest jobs, newest first. `next` is the URL of those before them, where there may be some."""

    jobs: list[JobView]
    next: str | None


@router.get("", summary="The newest jobs")
def index(here: Here, limit: Limit = 50, before: Before = None) -> Jobs:
    """The newest jobs, newest first."""
    found = list_jobs(here.store, limit, before)
    following = f"/api/jobs?limit={limit}&before={found[-1].id}" if len(found) == limit else None
    return Jobs(jobs=[JobView.of(job) for job in found], next=following)


@router.get("/{id}", summary="One job")
def describe(here: Here, id: str) -> JobView:  # noqa: A002 - the name in the path
    """The state of a job."""
    return JobView.of(read_job(here.store, id))


def accepted(job: Job, response: Response) -> JobView:
    """The body of a 202, and where to look for what becomes of it."""
    response.headers["location"] = job_url(job)
    return JobView.of(job)


def job_url(job: Job) -> str:
    """Where to look at a job."""
    return f"/api/jobs/{job.id}"
