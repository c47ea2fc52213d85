"""AWS's own sample events, and the HTTP request that an event describes."""

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

from modelet.local.gateway import Gateway
from modelet.local.request import Request
from modelet.local.template import Function

ROOT = Path(__file__).parents[2]
Event = dict[str, Any]


def sam_sample(*arguments: str) -> Event:
    """What `sam local generate-event` prints."""
    command = [str(ROOT / ".venv-sam" / "bin" / "sam"), "local", "generate-event", *arguments]
    env = {**os.environ, "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=ROOT / "events")
    assert done.returncode == 0, done.stderr
    sample: Event = json.loads(done.stdout)
    return sample


def request_of(event: Event) -> Request:
    """The HTTP request that an HTTP API or a Function URL made this event of."""
    http = event["requestContext"]["http"]
    headers = {name.lower(): value for name, value in event["headers"].items()}
    headers |= {"host": event["requestContext"]["domainName"], "user-agent": http["userAgent"]}
    for added in ("x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"):
        headers.pop(added, None)
    if "cookies" in event:
        headers["cookie"] = "; ".join(event["cookies"])
    body = event.get("body", "")
    return Request(
        method=http["method"],
        path=quote(event["rawPath"]),
        query=event["rawQueryString"],
        headers=tuple(headers.items()),
        body=base64.b64decode(body) if event["isBase64Encoded"] else body.encode(),
        client=http["sourceIp"],
        scheme="https",
        port=443,
        protocol=http["protocol"],
        received=event["requestContext"]["timeEpoch"] / 1000,
    )


def event_for(request: Request, *routes: str) -> Event:
    """The event that reaches a handler with these routes when the request comes in."""
    echo = Function("Echo", "echo.handler", routes or ("$default",))
    response = Gateway([echo], lambda _: lambda event, _context: event).answer(request)
    assert response.status == 200, response.body
    event: Event = json.loads(response.body)
    return event
