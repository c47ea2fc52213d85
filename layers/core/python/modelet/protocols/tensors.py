"""Request bodies that hold tensors: where the fast road and the strict one meet."""

from typing import Any

from modelet.messages import HttpRequest
from modelet.protocols.body import parse_object

SMALL_BODY = 1536
"""Bytes below which lists are as fast: some 64 numbers. A cold start that gets no more need not import a parser."""


def parse_tensors(request: HttpRequest, key: str | None = None) -> dict[str, Any]:
    """The JSON object in the body as `parse_object` reads it, refusals included; but tensors of numbers may already be
    arrays: the values of `key`, or without one all values of the object.
    """
    if len(request.body) < SMALL_BODY or "content-encoding" in request.headers:
        return parse_object(request)
    from modelet.tensors.parsing import parse

    parsed = parse(request.body, key)
    return parse_object(request) if parsed is None else parsed
