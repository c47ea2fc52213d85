"""Asks the control plane as API Gateway does: by literal events, varied in method, path, query and body."""

import base64
import copy
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.api.application import make_app
from functions.api.boundary import answer
from functions.api.deployment import Deployment
from modelet.config import Settings
from modelet.store import open_store

ROOT = Path(__file__).parents[3]
SECONDS = 120.0
POLL_SECONDS = 0.05

Event = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the caller gets, its JSON parsed."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Context:
    """What Lambda says of an invocation."""

    aws_request_id = "6f9c7c5e-0000-4000-8000-000000000001"


def event(method: str, path: str, body: bytes | str | None = None, query: str = "") -> Event:
    """The HTTP API event of a request; bytes come as base64, as API Gateway sends them."""
    made = copy.deepcopy(HTTP_API)
    made["rawPath"], made["rawQueryString"] = path, query
    made["requestContext"]["http"].update(method=method, path=path)
    made["isBase64Encoded"] = isinstance(body, bytes)
    made["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return made


class Api:
    """The control plane of one store."""

    def __init__(self, url: str, env: Mapping[str, str] | None = None, **settings: Any) -> None:
        self.store = open_store(url, env)
        held = {**os.environ, **(env or {}), "MODELET_STORE": url, "MODELET_LOG": "off"}
        self._here = Deployment(self.store, Settings(**{"store": url, "log": False, **settings}), held)
        self._app = make_app(self._here)

    def send(self, sent: Any) -> Answer:
        """Answer any event, after checking that the answer has the shape that API Gateway takes."""
        answered = answer(self._app, self._here, sent, Context())
        json.dumps(answered)
        assert {"statusCode", "headers", "body", "isBase64Encoded"} == set(answered)
        assert answered["isBase64Encoded"] is False
        text, kind = answered["body"], answered["headers"]["content-type"]
        return Answer(answered["statusCode"], answered["headers"], json.loads(text) if "json" in kind else text)

    def ask(self, method: str, path: str, body: object = None, query: str = "") -> Answer:
        """Answer a request; bytes and text are sent as they are, anything else as JSON."""
        raw = body if body is None or isinstance(body, bytes | str) else json.dumps(body)
        return self.send(event(method, path, raw, query))

    def get(self, path: str, query: str = "") -> Any:
        """The body of a GET that succeeds."""
        got = self.ask("GET", path, query=query)
        assert got.status == 200, got
        return got.body

    def finished(self, url: str) -> Any:
        """The job at `url` when it is done."""
        deadline = time.monotonic() + SECONDS
        while (job := self.get(url))["state"] in ("waiting", "running"):
            assert time.monotonic() < deadline, job
            time.sleep(POLL_SECONDS)
        return job


HTTP_API: Event = json.loads((ROOT / "events" / "http-api-predict.json").read_text(encoding="utf-8"))
REST_API: Event = json.loads((ROOT / "events" / "rest-predict.json").read_text(encoding="utf-8"))
