"""Uploads: how a model comes in over HTTP. Whatever the way, a job registers it, and says what became of it."""

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from functions.api.bodies import ONNX_BODY, Body, File, StrictRoute
from functions.api.deployment import Deployment, Here
from functions.api.jobs import JobView, accepted, job_url
from modelet.errors import Conflict, JobNotFound
from modelet.jobs.invoking import start
from modelet.jobs.reading import read_job
from modelet.jobs.record import Job
from modelet.jobs.uploads import KIND, Upload, expect_upload, upload_key
from modelet.manifest.columns import split_names
from modelet.store.base import AlreadyExists, Store, UploadStore

router = APIRouter(prefix="/api", tags=["uploads"], route_class=StrictRoute)

URL_SECONDS = 3600
JOB_SECONDS = 2 * URL_SECONDS
"""An upload that began in time may take a while, and so may the event that it causes."""

Names = Annotated[
    str | None, Query(description="What callers name the values of a row, in their order, with commas between.")
]
Text = Annotated[str | None, Query(max_length=2000)]


class Announcement(Body):
    """What shall be uploaded: the model it becomes a version of, and what its author says of it."""

    model: str
    description: str | None = Field(None, max_length=2000)
    licence: str | None = Field(None, max_length=200)
    labels: dict[str, list[str | int | float | bool]] = Field({}, description="The classes of an output, by its name.")
    columns: list[str] = Field([], description="What callers name the values of a row, in their order.")
    promote: bool = Field(False, description="Whether the new version becomes `live`; the first one always does.")


class UploadRequest(BaseModel):
    """The request that brings the file: anyone who has the URL may send it until it expires."""

    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str] = {"content-type": "application/octet-stream"}
    expires_in: int = Field(description="Seconds.")


class UploadView(BaseModel):
    """An upload that is waited for, and the job that will register it."""

    id: str
    job: JobView
    upload: UploadRequest


@router.post("/uploads", status_code=201, summary="Announce an upload")
def announce(here: Here, body: Announcement, response: Response) -> UploadView:
    """Answer where to PUT the file. A bucket says by itself that it has landed; other stores are told with
    `POST /api/uploads/{id}/register`.
    """
    job = expect_upload(here.store, Upload(**body.model_dump()), JOB_SECONDS)
    response.headers["location"] = job_url(job)
    upload = UploadRequest(url=_upload_url(here.store, job), expires_in=URL_SECONDS)
    return UploadView(id=job.id, job=JobView.of(job), upload=upload)


@router.put("/uploads/{id}", status_code=202, summary="Upload a file", openapi_extra=ONNX_BODY)
def receive(here: Here, id: str, file: File, response: Response) -> JobView:  # noqa: A002 - the name in the path
    """Take an announced file, once, and start its registration."""
    job = _find(here.store, id)
    if job.state != "waiting":
        raise Conflict(f"Upload {id} takes no file any more, for its job is {job.state}: see {job_url(job)}.")
    _keep(here.store, job, file)
    return _begin(here, job, response)


@router.post("/uploads/{id}/register", status_code=202, summary="Register what was uploaded")
def register(here: Here, id: str, response: Response) -> JobView:  # noqa: A002 - the name in the path
    """Start the registration of an upload, unless it is under way or done: asking twice does no harm."""
    job = _find(here.store, id)
    if job.done or not job.claimable(time.time()):
        return accepted(job, response)
    try:
        here.store.head(upload_key(id))
    except FileNotFoundError:
        raise Conflict(f"Nothing was uploaded for {id} yet: PUT the file first.") from None
    return _begin(here, job, response)


@router.post(
    "/models/{model}/versions", status_code=202, summary="Upload a version in one step", openapi_extra=ONNX_BODY
)
def add_version(  # noqa: PLR0913, PLR0917 - each is a part of the request
    here: Here,
    model: str,
    file: File,
    response: Response,
    promote: bool = False,
    description: Text = None,
    licence: Text = None,
    columns: Names = None,
) -> JobView:
    """Take an ONNX file as the next version of a model and start its registration."""
    names = list(split_names(columns)) if columns else []
    upload = Upload(model, description, licence, columns=names, promote=promote)
    job = expect_upload(here.store, upload, JOB_SECONDS)
    _keep(here.store, job, file)
    return _begin(here, job, response)


def _find(store: Store, job_id: str) -> Job:
    job = read_job(store, job_id)
    if job.kind != KIND:
        raise JobNotFound(f"Job {job_id} is a {job.kind!r} job, and waits for no upload.")
    return job


def _upload_url(store: Store, job: Job) -> str:
    if isinstance(store, UploadStore) and store.announces:
        return store.sign_put(upload_key(job.id), URL_SECONDS)
    return f"/api/uploads/{job.id}"


def _keep(store: Store, job: Job, file: bytes) -> None:
    key = upload_key(job.id)
    try:
        store.put_if_absent(key, file)
    except AlreadyExists:
        if not _holds(store, key, file):
            raise Conflict(f"Another file was uploaded for {job.id} already: see {job_url(job)}.") from None


def _holds(store: Store, key: str, file: bytes) -> bool:
    try:
        found = store.get(key)
    except FileNotFoundError:
        return False  # registered meanwhile
    return found is not None and found.data == file


def _begin(here: Deployment, job: Job, response: Response) -> JobView:
    start(here.settings.register_target, {"job": job.id}, here.env)
    return accepted(job, response)
