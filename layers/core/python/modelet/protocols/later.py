"""`Prefer: respond-async`: what may outlast the gateway is predicted later, and there is a place to look for it.

Source: https://www.rfc-editor.org/rfc/rfc7240.html
"""

import re
import time
from collections.abc import Callable

from modelet.answers.attempts import read_attempt
from modelet.answers.keys import check_id
from modelet.answers.moments import check_age
from modelet.answers.records import read_answer, read_request
from modelet.errors import Unanswered
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.body import RETRY_HEADERS, json_response

PREFERENCE = "respond-async"

_DECIDING = {"accept", "content-encoding", "content-type", "inference-header-content-length"}
_DECIDING_PREFIXES = ("x-modelet-", "x-amzn-sagemaker-")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def wants_later(request: HttpRequest) -> bool:
    """Whether the caller prefers to be answered later."""
    preferences = _QUOTED.sub("", request.headers.get("prefer", "")).lower().split(",")
    return any(re.split("[;=]", preference)[0].strip() == PREFERENCE for preference in preferences)


def deciding_headers(request: HttpRequest) -> dict[str, str]:
    """The headers that the answer depends on."""
    return {
        name: value
        for name, value in request.headers.items()
        if name in _DECIDING or name.startswith(_DECIDING_PREFIXES)
    }


def accepted(answer_id: str) -> HttpResponse:
    """The answer to who left a request: where to look for the prediction, and when."""
    response = running(answer_id)
    return response._replace(headers={**response.headers, "preference-applied": PREFERENCE})


def running(answer_id: str) -> HttpResponse:
    """The answer to who looks too early."""
    headers = {"location": f"/answers/{answer_id}", **RETRY_HEADERS}
    return json_response({"id": answer_id, "status": "running"}, 202, headers)


def look(models: Models, request: HttpRequest, answer: str, clock: Callable[[], float] = time.time) -> HttpResponse:
    """GET /answers/{answer}: the very answer, whatever its status, or 202 as long as there is none.

    Raises AnswerNotFound where nothing was asked or what was asked has expired, and Unanswered where it was tried in
    vain. `clock` tells seconds since the epoch.
    """
    store, now = models.store, clock()
    kept = read_answer(store, check_id(answer))
    asked = kept or read_request(store, answer)
    check_age(asked.at, now, models.settings.idempotency_seconds, answer)
    if kept:
        return kept.response
    attempt = read_attempt(store, answer)
    if attempt and attempt.was_in_vain(now):
        raise Unanswered(
            f"This prediction was tried {attempt.number} times and never came to its end: it may need more memory or "
            "time than the function has. Send a smaller one."
        )
    return running(answer)
