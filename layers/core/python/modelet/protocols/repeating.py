"""The header `Idempotency-Key`: a prediction that is asked for again, because its answer was lost on the way or late,
is not made again. And `Prefer: respond-async`, which may stand beside it.

Source: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from hashlib import sha256

from modelet.answers.claims import Taken, new_claim, release, take
from modelet.answers.keys import claim_key, new_id
from modelet.answers.moments import ended
from modelet.answers.records import keep_answer, leave_request, may_change
from modelet.errors import InvalidRequest, ModeletError, StoreUnavailable
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.body import error_response
from modelet.protocols.later import accepted, deciding_headers, wants_later
from modelet.store.base import Store

Act = Callable[[], HttpResponse]
Clock = Callable[[], float]

REPLAYED = {"idempotency-replayed": "true"}

_KEY = re.compile(r"[!-~]{1,255}")


def respond(models: Models, request: HttpRequest, act: Act, clock: Clock = time.time) -> HttpResponse:
    """Answer by `act`, or by what was answered before, or later; `clock` tells seconds since the epoch.

    Raises InvalidRequest for what cannot be a key, KeyReused, InProgress, StoreUnavailable, and what `act` raises.
    """
    key, later = request.headers.get("idempotency-key"), wants_later(request)
    if not _predicts(request.path) or (key is None and not later):
        return act()
    if key is None:
        return _leave(models.store, request, new_id(), clock())
    if not _KEY.fullmatch(key):
        raise InvalidRequest(f"An Idempotency-Key has 1 to 255 visible ASCII characters, and not {key!r:.80}.")
    place, now = claim_key(key, request.method, request.path), clock()
    wanted = new_claim(_fingerprint(request, later), now, ended(now), later)
    taken = take(models.store, place, wanted, models.settings.idempotency_seconds)
    if later:
        response = _leave(models.store, request, taken.claim.id, now)
    elif taken.answer is None:
        return _first(models.store, taken, act, partial(_give_back, models.store, place, taken), clock)
    else:
        response = taken.answer.response
    return response._replace(headers={**response.headers, **REPLAYED}) if taken.repeated else response


def _first(store: Store, taken: Taken, act: Act, give_back: Callable[[], None], clock: Clock) -> HttpResponse:
    """Answer and keep the answer, or give the claim back where the same request may fare better."""
    failure = None
    try:
        try:
            response = act()
        except ModeletError as error:
            failure, response = error, error_response(error)
        if not may_change(response.status):
            kept = keep_answer(store, taken.claim.id, response, clock())
            if kept is not response:
                return kept._replace(headers={**kept.headers, **REPLAYED})
    except BaseException:
        give_back()
        raise
    if may_change(response.status):
        give_back()
    if failure:
        raise failure
    return response


def _give_back(store: Store, place: str, taken: Taken) -> None:
    with suppress(StoreUnavailable):  # then it passes to another when its time is over
        release(store, place, taken)


def _predicts(path: str) -> bool:
    if path.startswith("/v2/"):
        return path.removesuffix("/").endswith("/infer")
    return not path.startswith("/uploads/")


def _leave(store: Store, request: HttpRequest, answer_id: str, now: float) -> HttpResponse:
    leave_request(store, answer_id, request._replace(headers=deciding_headers(request)), now)
    return accepted(answer_id)


def _fingerprint(request: HttpRequest, later: bool) -> str:
    """A digest of the body and of whatever else changes the answer."""
    beside = json.dumps([sorted(deciding_headers(request).items()), sorted(request.query.items()), later])
    return sha256(beside.encode() + b"\n" + request.body).hexdigest()
