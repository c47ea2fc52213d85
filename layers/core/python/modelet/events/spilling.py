"""Answers that Lambda would not send: they go to the store, and the caller is told where they lie.

docs/decisions/0012-claim-check.md
"""

from functools import partial

from modelet.errors import PayloadTooLarge
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
    url = Ahead(partial(store.share, new_key(), response.body, kept, URL_SECONDS)).result()
    body = {
        "reference": url,
        "size": len(response.body),
        "content_type": kept["content-type"],
        "expires_in": URL_SECONDS,
    }
    # An object has no place for the others, without which a binary answer cannot be read.
    others = {name: value for name, value in response.headers.items() if name not in kept}
    return json_response(body, 303, {**others, "location": url}) if http else json_response(body, headers=others)
