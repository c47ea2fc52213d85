"""What a handler answered → the HTTP response that an HTTP API makes of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

JSON = ("content-type", "application/json")
TEXT = ("content-type", "text/plain; charset=utf-8")

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_CONNECTION_HEADERS = {"connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade"}


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; `headers` have lower-case names and may repeat one."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def gateway_message(status: int, message: str) -> Response:
    """A response that the gateway makes up by itself."""
    return Response(status, (JSON,), json.dumps({"message": message}, separators=(",", ":")).encode())


def http_response(answer: Any) -> Response:
    """Read a handler's answer; one without a `statusCode` is a body of its own.

    Raises ValueError or TypeError where API Gateway would answer 500.
    """
    if not isinstance(answer, dict) or "statusCode" not in answer:
        body = answer if isinstance(answer, str) else json.dumps(answer, allow_nan=False)
        return Response(200, (JSON,), body.encode())
    status = int(answer["statusCode"])
    if not 200 <= status <= 599:
        raise ValueError(f"statusCode {status} is not one that a response can have")
    headers = {_name(str(name)): _text(value) for name, value in (answer.get("headers") or {}).items()}
    cookies = [("set-cookie", _text(cookie)) for cookie in answer.get("cookies") or []]
    if cookies:
        headers.pop("set-cookie", None)
    for name in _CONNECTION_HEADERS.intersection(headers):
        del headers[name]
    typed = () if "content-type" in headers else (TEXT,)
    kept = (*typed, *headers.items(), *cookies)
    _check(kept)
    return Response(status, kept, _body(answer.get("body"), answer.get("isBase64Encoded") is True))


def _body(body: Any, encoded: bool) -> bytes:
    if body is None:
        return b""
    if not isinstance(body, str):
        raise TypeError(f"the body is {type(body).__name__}, not text")
    return base64.b64decode(body, validate=True) if encoded else body.encode()


@lru_cache
def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"a header cannot have the name {name!r}")
    return name.lower()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError(f"a header is {type(value).__name__}, not text")


def _check(headers: tuple[tuple[str, str], ...]) -> None:
    together = "".join([value for _, value in headers])
    if not _VALUE.fullmatch(together):
        name = next(name for name, value in headers if not _VALUE.fullmatch(value))
        raise ValueError(f"the header {name!r} has characters that a header cannot have")
    together.encode("latin-1")
