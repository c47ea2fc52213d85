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
from itertools import islice

from modelet.answers.claims import Taken, new_claim, release, take
from modelet.answers.keys import claim_key, new_id
from modelet.answers.moments import ended
from modelet.answers.records import holds, keep_answer, leave_request
from modelet.errors import InvalidRequest, ModeletError, StoreUnavailable
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.body import error_response
from modelet.protocols.later import accepted, deciding_headers, wants_later
from modelet.store.ahead import Ahead
from modelet.store.base import Store
from modelet.store.tensors import TENSORS

Act = Callable[[], HttpResponse]
Answer = Callable[[], tuple[HttpResponse, ModeletError | None]]
Keep = Callable[[HttpResponse, float], HttpResponse]
Clock = Callable[[], float]

REPLAYED = {"idempotency-replayed": "true"}

MOST_UPLOADS = 64
"""Of one request that are looked at; a body may say as many names as it has room for."""

_KEY = re.compile(r"[!-~]{1,255}")
_UPLOAD = re.compile(TENSORS.encode() + rb"[0-9a-f]{32}(?![0-9a-f])")


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
    wanted = new_claim(_fingerprint(models.store, request, later), now, ended(now), later)
    taken = take(models.store, place, wanted, models.settings.idempotency_seconds)
    if later:
        response = _leave(models.store, request, taken.claim.id, now)
    elif taken.answer is None:
        keep = partial(keep_answer, models.store, taken.claim.id)
        return _first(partial(_answer, act, request.path), keep, partial(_give_back, models.store, place, taken), clock)
    else:
        response = taken.answer.response
    return response._replace(headers={**response.headers, **REPLAYED}) if taken.repeated else response


def _first(answer: Answer, keep: Keep, give_back: Callable[[], None], clock: Clock) -> HttpResponse:
    """Answer and keep the answer, or give the claim back where the same request may fare better."""
    try:
        response, failure = answer()
        if holds(response.status):
            kept = keep(response, clock())
            if kept is not response:
                return kept._replace(headers={**kept.headers, **REPLAYED})
    except BaseException:
        give_back()
        raise
    if not holds(response.status):
        give_back()
    if failure:
        raise failure
    return response


def _answer(act: Act, path: str) -> tuple[HttpResponse, ModeletError | None]:
    """What is to be answered, and kept; and where that is an error what is to be raised."""
    try:
        return act(), None
    except ModeletError as error:
        return error_response(error, path), error


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


def _fingerprint(store: Store, request: HttpRequest, later: bool) -> str:
    """A digest of the body and of whatever else changes the answer. An upload that the body refers to counts as what it
    holds: who repeats a request may have had to upload its tensors anew, and has other references.
    """
    beside, body = [sorted(deciding_headers(request).items()), sorted(request.query.items()), later], request.body
    contents = _contents(store, body)
    if contents:
        beside += [[found.start(), contents[found[0]]] for found in _UPLOAD.finditer(body) if found[0] in contents]
        body = _UPLOAD.sub(lambda found: b"" if found[0] in contents else found[0], body)
    return sha256(json.dumps(beside).encode() + b"\n" + body).hexdigest()


def _contents(store: Store, body: bytes) -> dict[bytes, str]:
    """What tells the content of each upload that a body refers to, by its reference; not of those that are missing."""
    found = dict.fromkeys(upload[0] for upload in islice(_UPLOAD.finditer(body), MOST_UPLOADS))
    looks = {reference: Ahead(partial(_content, store, reference.decode())) for reference in found}
    contents = {}
    for reference, look in looks.items():
        with suppress(FileNotFoundError):
            contents[reference] = look.result()
    return contents


def _content(store: Store, key: str) -> str:
    etag = store.head(key).etag
    if etag:
        return etag
    digest = sha256()
    for chunk in store.stream(key):
        digest.update(chunk)
    return digest.hexdigest()
