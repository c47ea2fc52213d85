"""The headers of the data plane as the OpenAPI page describes them: what callers may send, and what they read."""

from typing import Any

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer", "minimum": 0}


def _parameter(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


def _header(description: str, schema: Json = _TEXT) -> Json:
    return {"description": description, "schema": schema}


ASKED: tuple[Json, ...] = (
    _parameter("x-modelet-routing-key", "Requests with the same text are answered by the same version.", _TEXT),
    _parameter(
        "x-modelet-non-finite",
        "How NaN and Infinity stand in JSON; without it they are answered as null, and not taken.",
        {"type": "string", "enum": ["null", "string", "error"]},
    ),
    _parameter(
        "Content-Encoding", "What the body is compressed with.", {"type": "string", "enum": ["gzip", "deflate"]}
    ),
)
"""Of every prediction."""

REPEATED: tuple[Json, ...] = (
    _parameter(
        "Idempotency-Key",
        "The first answer is kept, and given to whoever sends the same request with the same key.",
        {"type": "string", "pattern": "^[!-~]{1,255}$"},
    ),
    _parameter("Prefer", "Answered 202, and later by what the header Location leads to.", {"enum": ["respond-async"]}),
)
"""Of predictions that are posted."""

BINARY: tuple[Json, ...] = (
    _parameter(
        "Inference-Header-Content-Length",
        "The bytes of the JSON, behind which the tensors follow; 0 where the body is one tensor.",
        _WHOLE,
    ),
)
"""Of predictions whose tensors may follow as bytes."""

ALWAYS: Json = {"Server-Timing": _header("Where the time went, in milliseconds.")}
SERVED: Json = {
    "x-modelet-model": _header("The model that answered."),
    "x-modelet-version": _header("The version that answered."),
}
BINARY_LENGTH: Json = {"Inference-Header-Content-Length": _header("The bytes of the JSON of a binary answer.", _WHOLE)}
REPLAYED: Json = {"Idempotency-Replayed": _header("`true` for an answer that was given before.")}
ELSEWHERE: Json = {"Location": _header("Where the answer lies.")}
LATER: Json = {
    "Location": _header("Where the answer will be: `/answers/{id}`."),
    "Retry-After": _header("Seconds.", _WHOLE),
}
PREFERRED: Json = {"Preference-Applied": _header("`respond-async`")}
MISTAKEN: Json = {
    "Allow": _header("Of 405: the methods that there are."),
    "Accept-Encoding": _header("Of 415: the encodings that are read."),
    "Retry-After": _header("Of 409, while the same request is being answered: seconds.", _WHOLE),
}
FAILED: Json = {"Retry-After": _header("Of 503: seconds.", _WHOLE)}
