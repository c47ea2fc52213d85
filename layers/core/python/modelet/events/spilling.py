"""Answers that Lambda would not send: they go to the store, and the caller is told where they lie.

docs/decisions/0012-claim-check.md
"""

from collections.abc import Mapping
from functools import partial

from modelet.errors import DeadlineExceeded, PayloadTooLarge
from modelet.messages import HttpResponse
from modelet.protocols.body import json_response
from modelet.store.ahead import Ahead
from modelet.store.base import Store, UploadStore
from modelet.store.tensors import URL_SECONDS, new_key

STORED = ("content-type", "content-encoding")
"""Headers that the object has, too."""


def spill(store: Store, response: HttpResponse, http: bool, too_large: PayloadTooLarge) -> HttpResponse:
    """Keep an answer in the store and refer to it: 303 See Other, or to a direct invoke only where it lies.

    Raises `too_large` where the store has no URLs, StoreUnavailable, and DeadlineExceeded.
    """
    if response.status != 200 or not isinstance(store, UploadStore):
        raise too_large
    kept = {name: response.headers[name] for name in STORED if name in response.headers}
    url = _shared(store, response.body, kept)
    body: dict[str, object] = {
        "reference": url,
        "size": len(response.body),
        "content_type": kept["content-type"],
        "expires_in": URL_SECONDS,
    }
    # An object has no place for the others, without which a binary answer cannot be read.
    others = {name: value for name, value in response.headers.items() if name not in kept}
    if not http:
        return json_response(body, headers=others)
    # For clients that follow no redirect, and take what is not 200 for an error.
    said = f"The answer is too large to be sent, {len(response.body)} bytes: GET it from the URL in 'location'"
    body["error"] = f"{said}, or ask for fewer rows, or for a compressed answer."
    return json_response(body, 303, {**others, "location": url})


def _shared(store: UploadStore, body: bytes, headers: Mapping[str, str]) -> str:
    try:
        return Ahead(partial(store.share, new_key(), body, headers, URL_SECONDS)).result()
    except DeadlineExceeded:
        raise DeadlineExceeded(
            f"To store the answer, whose {len(body)} bytes are too many to be sent, takes longer than this request can "
            "wait: ask for fewer rows or outputs, or for the answer later, by Prefer: respond-async."
        ) from None
