"""Registers uploaded models: called by the control plane with a job, and by the bucket when an upload has landed."""

import os
import re
from typing import Any

from modelet import log
from modelet.config import Settings
from modelet.errors import InvalidRequest, ModeletError, Unavailable
from modelet.publish import Limits
from modelet.publish.registering import register
from modelet.store import open_store

settings = Settings.from_env(os.environ)
store = open_store(settings.store)
limits = Limits(settings.candidate_memory_bytes, settings.candidate_seconds)

_UPLOADED = re.compile(r"(?:.*/)?uploads/models/([^/]+)", re.DOTALL)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer `{"job": id}` and EventBridge's "Object Created" with the job's state.

    A mistake is an answer with `error` and `code`. What may succeed a little later is raised, for Lambda then tries
    again: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    with log.invocation("register", str(getattr(context, "aws_request_id", "")), settings.log) as line:
        try:
            job = register(store, _job_id(event), limits)
        except Unavailable as error:
            line["code"] = error.code
            raise
        except ModeletError as error:
            line["code"], line["status"] = error.code, error.status
            return {"error": error.message, "code": error.code}
        line.update(job=job.id, state=job.state)
        if job.error:
            line["code"] = job.error.code
        return {"job": job.id, "state": job.state}


def _job_id(event: Any) -> str:
    match event:
        case {"job": str(job_id)}:
            return job_id
        case {"detail": {"object": {"key": str(key)}}} if found := _UPLOADED.fullmatch(key):
            return found[1]
    raise InvalidRequest('The event must be {"job": id}, or "Object Created" for uploads/models/{id}.')
