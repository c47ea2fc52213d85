"""Finding a job where it is described: in an event, in a file, or in a store."""

from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from modelet.errors import InvalidJob, InvalidName, InvalidSetting
from modelet.store import open_store
from modelet.train.document import Place
from modelet.train.job import Job, load_job, read_job


def find_job(described: object) -> Job:
    """The job that a mapping describes, or the YAML file at a path or a URL (`s3://…`, `file:///…`); raises InvalidJob
    where there is none or where it is wrong, and StoreUnavailable.
    """
    if isinstance(described, dict):
        return _described(described)
    if not isinstance(described, str) or not described:
        raise InvalidJob('A job must be given: {"job": {…}}, or {"job": "path or URL of a YAML file"}.')
    return _stored(described) if "://" in described else load_job(Path(described))


def _described(held: dict[str, Any]) -> Job:
    try:
        data = orjson.dumps(held)
    except TypeError as error:
        raise InvalidJob(f"The event's job is not JSON: {error}.") from None
    return read_job(data, Place("The event's job", has_lines=False))


def _stored(url: str) -> Job:
    folder, _, name = url.rpartition("/")
    try:
        found = open_store(folder).get(name)
    except FileNotFoundError:
        raise InvalidJob(f"There is no job at {url!r}.") from None
    except (InvalidName, InvalidSetting) as error:
        raise InvalidJob(f"There is no job at {url!r:.200}: {error.message}") from None
    assert found is not None  # only a get with an ETag answers None
    return read_job(found.data, Place(url), PurePosixPath(name).stem)
