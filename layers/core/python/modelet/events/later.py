"""Predictions that somebody left to be made later: the bucket tells of a request, and its answer is written beside it.

What cannot be made now is raised, for Lambda then tries again, and says why in the end:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import time
from collections.abc import Callable
from typing import Any

from modelet import log, routes
from modelet.answers.attempts import Attempt, begin_attempt
from modelet.answers.keys import new_id, requested_id
from modelet.answers.moments import check_age, ended
from modelet.answers.records import keep_answer, read_answer, read_request
from modelet.errors import DeadlineExceeded, InvalidRequest, ModeletError, Unavailable
from modelet.events.answering import internal
from modelet.events.timing import NO_LIMIT, allow
from modelet.messages import HttpRequest, HttpResponse
from modelet.phases import enter
from modelet.predict import Models
from modelet.protocols.body import error_response

Clock = Callable[[], float]
Line = dict[str, Any]


def fulfil(models: Models, event: dict[str, Any], context: Any, clock: Clock = time.time) -> dict[str, Any]:
    """Answer EventBridge's "Object Created" for `requests/{id}` with the id and the status of the answer that is kept,
    or `running` where another invocation is at it; a mistake is an answer with `error` and `code`.

    Raises Unavailable for what Lambda shall try again. `clock` tells seconds since the epoch.
    """
    request_id = str(getattr(context, "aws_request_id", "")) or new_id()
    invocation = log.invocation("infer", request_id, models.settings.log)
    with invocation as line, invocation.phases:
        enter("decode")
        allow(invocation.phases, NO_LIMIT, context)
        try:
            line["answer"] = answer_id = _answer_id(event)
            response = _fulfil(models, answer_id, line, clock)
        except Unavailable as error:
            line["code"] = error.code
            raise
        except ModeletError as error:
            line["code"], line["status"] = error.code, error.status
            return {"error": error.message, "code": error.code}
        if response is None:
            return {"id": answer_id, "status": "running"}
        line["status"] = response.status
        return {"id": answer_id, "status": response.status}


def _fulfil(models: Models, answer_id: str, line: Line, clock: Clock) -> HttpResponse | None:
    store, now = models.store, clock()
    kept = read_answer(store, answer_id)
    if kept:
        return kept.response
    waiting = read_request(store, answer_id)
    check_age(waiting.at, now, models.settings.idempotency_seconds, answer_id)
    attempt = begin_attempt(store, answer_id, line["request_id"], now, ended(now))
    if attempt is None:
        return None
    return keep_answer(store, answer_id, _predict(models, waiting.request, attempt, line), clock())


def _predict(models: Models, request: HttpRequest, attempt: Attempt, line: Line) -> HttpResponse:
    """The answer, whatever its status; raises Unavailable where another attempt may do better."""
    try:
        response = routes.perform(models, request)
    except ModeletError as error:
        # Who waited for as long as Lambda lets it does not wait three times.
        if isinstance(error, Unavailable) and not isinstance(error, DeadlineExceeded) and not attempt.is_last():
            raise
        line["code"] = error.code
        return _final(error_response(error, request.path))
    except Exception as error:  # noqa: BLE001 - as at the boundary: whatever is left is ours, and is logged
        line["code"], line["failure"] = "internal", log.whereabouts(error)
        return internal(line["request_id"], request.path)
    version = response.headers.get("x-modelet-version")
    if version is not None:
        line["model"], line["version"] = response.headers["x-modelet-model"], version
    return _final(response)


def _final(response: HttpResponse) -> HttpResponse:
    # To look again changes nothing any more.
    return response._replace(headers={name: held for name, held in response.headers.items() if name != "retry-after"})


def _answer_id(event: dict[str, Any]) -> str:
    match event:
        case {"detail": {"object": {"key": str(key)}}} if answer_id := requested_id(key):
            return answer_id
    raise InvalidRequest('The event must be "Object Created" for requests/{id}.')
