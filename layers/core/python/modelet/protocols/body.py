"""JSON bodies, strictly: UTF-8, no NaN or Infinity, bounded nesting; and what every JSON answer has in common."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from modelet.errors import InvalidRequest, ModeletError
from modelet.messages import HttpRequest, HttpResponse, InferResponse

MAX_DEPTH = 100  # Triton's limit
JSON_HEADERS = {"content-type": "application/json"}

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])', re.DOTALL)
_NOT_FINITE = re.compile(rb"[:\[,]\s*-?(NaN|Infinity)\b")


def parse_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body; raises InvalidRequest saying what is wrong with it."""
    body = request.body
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise InvalidRequest(f"The body has content encoding {encoding!r}: send it uncompressed.")
    if not body.strip():
        raise InvalidRequest("The body is empty: send a JSON object.")
    if _depth_over(body):
        raise InvalidRequest(f"The body is nested more than {MAX_DEPTH} deep.")
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(_diagnosis(body, error)) from None
    if not isinstance(parsed, dict):
        raise InvalidRequest('The body must be a JSON object, such as {"x": [[1.0, 2.0]]}.')
    return parsed


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Serialise plain values and C-contiguous numpy arrays; NaN and Infinity become null: JSON has no such numbers."""
    return HttpResponse(
        status, orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), {**JSON_HEADERS, **(headers or {})}
    )


def served_by(answer: InferResponse) -> dict[str, str]:
    """The headers that say which version answered."""
    return {"x-modelet-model": answer.model, "x-modelet-version": str(answer.version)}


def error_response(error: ModeletError) -> HttpResponse:
    """The answer to a request that failed on purpose: a sentence and a stable code."""
    headers = {"allow": ", ".join(error.allowed)} if hasattr(error, "allowed") else {}
    if error.status == 503:
        headers["retry-after"] = "1"
    return json_response({"error": error.message, "code": error.code}, error.status, headers)


def _depth_over(body: bytes) -> bool:
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    depth = 0
    for token in _TOKENS.finditer(body):
        if token.lastindex == 1:
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif token.lastindex == 2:
            depth -= 1
    return False


def _diagnosis(body: bytes, error: orjson.JSONDecodeError) -> str:
    found = _NOT_FINITE.search(body)
    if found:
        return f"The body is not valid JSON: it holds the token {found[1].decode()}, which JSON has no number for."
    return f"The body is not valid JSON: {error}."
