"""Asking the data plane with headers, and reading whatever comes back, binary or not."""

import base64
from dataclasses import dataclass
from typing import Any

from modelet.events import answering
from modelet.events.reading import read_http
from modelet.messages import HttpRequest
from modelet.predict import Models
from tests.entrances import event


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `headers` are without the timing, which no two answers share."""

    status: int
    body: bytes
    headers: dict[str, str]


def send(
    models: Models,
    path: str,
    body: str | bytes | None = None,
    headers: dict[str, str] | None = None,
    *,
    method: str = "POST",
    entrance: str = "http-api-predict",
) -> Reply:
    """Send a request with these headers beside those of the literal event."""
    asked = event(entrance, path, body, method)
    asked["headers"] = {**asked["headers"], **(headers or {})}
    return reply(answering.answer(models, asked, None))


def request(path: str, body: str, headers: dict[str, str]) -> HttpRequest:
    """The request that `send` would have the data plane answer."""
    asked = event("http-api-predict", path, body)
    return read_http({**asked, "headers": {**asked["headers"], **headers}})


def reply(answer: dict[str, Any]) -> Reply:
    """Read what a handler returned."""
    raw = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
    headers = {name: value for name, value in answer["headers"].items() if name != "server-timing"}
    return Reply(answer["statusCode"], raw, headers)
