"""JSON bodies, strictly: UTF-8, no NaN or Infinity, bounded nesting, no key twice; and what every JSON answer has in
common.
"""

import re
from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import orjson

from modelet.errors import (
    InProgress,
    InvalidRequest,
    MethodNotAllowed,
    ModeletError,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from modelet.messages import HttpRequest, HttpResponse, InferResponse
from modelet.phases import enter
from modelet.tensors.marks import count

if TYPE_CHECKING:
    from modelet.tensors.nested import Array  # numpy, which the control plane has not got

MAX_DEPTH = 100  # Triton's limit
JSON_HEADERS = {"content-type": "application/json"}
RETRY_HEADERS = {"retry-after": "1"}
SPOKEN = ("/predictions", "/invocations", "/endpoints/")
"""Below these paths errors say what clients of other servers read, too."""
WAY_AROUND = "POST /uploads/tensors takes large tensors, to which the request then refers."

# Possessive, and taking a string that never ends: a hostile body must not be searched again and again.
_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
BRACKET = ord("\\")  # lies between the two, so that [ counts 1 and ] counts -1
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_NOT_FINITE = re.compile(rb"[:\[,]\s*-?(NaN|Infinity)\b")


def parse_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body; raises InvalidRequest saying what is wrong with it."""
    body = request.body
    encoding = request.headers.get("content-encoding")
    if encoding is not None and encoding.strip().lower() not in ("", "identity"):
        raise InvalidRequest(f"The body has content encoding {encoding!r}: send it uncompressed.")
    if is_too_deep(body):
        raise InvalidRequest(f"The body is nested more than {MAX_DEPTH} deep.")
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(_diagnosis(body, error)) from None
    if not isinstance(parsed, dict):
        raise InvalidRequest('The body must be a JSON object, such as {"x": [[1.0, 2.0]]}.')
    if count(body, b":") != _keys(parsed):
        _check_keys(body)
    return parsed


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None, non_finite: str | None = None
) -> HttpResponse:
    """Serialise plain values and C-contiguous numpy arrays; NaN and Infinity, for which JSON has no numbers, become
    null, or words where the policy `non_finite` is "string".
    """
    enter("encode")
    if non_finite == "string":
        from modelet.tensors.nonfinite import spelled  # few requests ask for it

        value = spelled(value)
    return HttpResponse(
        status, orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), {**JSON_HEADERS, **(headers or {})}
    )


def row_of(array: "Array") -> "Array":
    """The only row of an output, for a caller who sent one bare row."""
    # A signature that nobody could observe may call a model batched that is not.
    return array[0, ...] if array.shape[:1] == (1,) else array


def served_by(answer: InferResponse) -> dict[str, str]:
    """The headers that say which version answered."""
    return version_headers(answer.model, answer.version)


def version_headers(model: str, version: int) -> dict[str, str]:
    """The headers that name a version."""
    return {"x-modelet-model": model, "x-modelet-version": str(version)}


def error_response(error: ModeletError, path: str = "") -> HttpResponse:
    """The answer to a request that failed on purpose: a sentence and a stable code, and whatever else clients of the
    protocol read whose `path` was asked.
    """
    headers = {"allow": ", ".join(error.allowed)} if isinstance(error, MethodNotAllowed) else {}
    if isinstance(error, UnsupportedMediaType) and error.encodings:
        headers["accept-encoding"] = error.encodings
    if error.status == 503 or isinstance(error, InProgress):
        headers |= RETRY_HEADERS
    return failure_response(error_body(error), error.status, path, headers)


def error_body(error: ModeletError) -> dict[str, Any]:
    """What every error says, whatever text it quotes."""
    return {"error": printable(error.message), "code": error.code}


def too_large(size: int, limit: int, sent: int | None = None, around: str = WAY_AROUND) -> PayloadTooLarge:
    """The refusal of a body of `size` bytes, `sent` bytes on its way: says the limit and the way `around` it."""
    became = "" if sent is None else f", and {sent} in the event that a function is sent"
    return PayloadTooLarge(
        f"The body has {size} bytes{became}; the limit is {limit}, or some {limit // 4 * 3} of a binary body, which is "
        f"sent as base64: {around}"
    )


def failure_response(
    said: Mapping[str, Any], status: int, path: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """The answer that holds an `error` and its `code`, in the words, too, of the protocol whose `path` was asked."""
    if path.startswith(SPOKEN):
        from modelet.protocols.words import in_words  # no client of v2 reads them

        said = in_words(said, status, path)
    return json_response(said, status, headers)


def printable(text: str) -> str:
    """Any text as one that can be sent: lone surrogates become escapes."""
    return text.encode(errors="backslashreplace").decode()


def is_too_deep(body: bytes) -> bool:
    """Whether lists and objects are nested more than MAX_DEPTH deep; says nothing else about validity."""
    if count(body, b"[") + count(body, b"{") <= MAX_DEPTH:
        return False
    brackets = _STRINGS.sub(b"", body).translate(_BRACKETS, _NO_BRACKETS)
    return any(depth > MAX_DEPTH for depth in accumulate(BRACKET - bracket for bracket in brackets))


def _keys(value: dict[str, Any]) -> int:
    # No more than all keys of the document, while every key has a colon: where both agree, no key was given twice.
    keys = len(value)
    for held in value.values():
        if type(held) is dict:
            keys += _keys(held)
        elif type(held) is list and held and type(held[0]) is dict:
            keys += sum([_keys(item) for item in held if type(item) is dict])
    return keys


def _check_keys(body: bytes) -> None:
    import json

    json.loads(body, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for name, _ in pairs:
        if name in seen:
            raise InvalidRequest(f"The key {name!r:.200} is given twice in one object.")
        seen.add(name)


def _diagnosis(body: bytes, error: orjson.JSONDecodeError) -> str:
    if not body.strip():
        return "The body is empty: send a JSON object."
    found = _NOT_FINITE.search(body)
    if found:
        return f"The body is not valid JSON: it holds the token {found[1].decode()}, which JSON has no number for."
    return f'The body is not valid JSON: {error}; send an object, such as {{"x": [[1.0, 2.0]]}}.'
