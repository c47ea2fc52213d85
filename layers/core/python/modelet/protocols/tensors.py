"""Request bodies that hold tensors: where the fast road and the strict one meet."""

from typing import Any

from modelet.messages import HttpRequest, TensorReference
from modelet.protocols.body import parse_object
from modelet.tensors.nested import JsonTensor

SMALL_BODY = 1536
"""Bytes below which lists are as fast: some 64 numbers. A cold start that gets no more need not import a parser."""


def parse_tensors(request: HttpRequest, key: str | None = None) -> dict[str, Any]:
    """The JSON object in the body as `parse_object` reads it, refusals included; but tensors of numbers may already be
    arrays: the values of `key`, or without one all values of the object and of the objects in it.
    """
    if len(request.body) < SMALL_BODY or "content-encoding" in request.headers:
        return parse_object(request)
    from modelet.tensors.parsing import parse

    parsed = parse(request.body, key)
    return parse_object(request) if parsed is None else parsed


def tensor(name: str, data: Any) -> JsonTensor | TensorReference:
    """The tensor that JSON brought, or the one that its `{"reference": …}` stands for; raises InvalidInput."""
    if type(data) is not dict or "reference" not in data:
        return JsonTensor(data)
    from modelet.protocols.uploads import read_reference

    return read_reference(name, data)
