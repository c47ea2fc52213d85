"""The service's errors as the client's: the same classes, found by the code that every answer carries."""

from collections.abc import Iterator
from typing import Any

import orjson

from modelet.errors import (
    InvalidRequest,
    MethodNotAllowed,
    ModeletError,
    PayloadTooLarge,
    RouteNotFound,
    Unavailable,
)

RETRIED = {429, 502, 503, 504}
"""Statuses, of a service or of what is before it, that pass: the same request may be answered a little later."""


def mirrored(status: int, body: bytes) -> ModeletError:
    """The error that an answer stands for; one that a gateway wrote, and no Modelet, is told by its status."""
    held = _object(body)
    code, message = held.get("code"), held.get("error") or held.get("message") or body[:200].decode(errors="replace")
    kind = next((kind for kind in _tree(ModeletError) if kind.code == code), None) or _by_status(status)
    text = str(message) if code else f"The service answered with status {status}: {message}"
    return MethodNotAllowed(text, ()) if kind is MethodNotAllowed else kind(text)


def _object(body: bytes) -> dict[str, Any]:
    try:
        held = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return held if isinstance(held, dict) else {}


def _by_status(status: int) -> type[ModeletError]:
    if status in RETRIED:
        return Unavailable
    return {404: RouteNotFound, 413: PayloadTooLarge}.get(status) or (
        InvalidRequest if 400 <= status < 500 else ModeletError
    )


def _tree(kind: type[ModeletError]) -> Iterator[type[ModeletError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _tree(below)
