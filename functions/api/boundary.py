"""AWS events → the application and back. Nothing is raised, whatever comes: every event is first made one plain event
that the adapter cannot stumble over (it raises on a Host with two colons, a null header, invalid base64 …).

Format: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import FastAPI
from mangum import Mangum

from functions.api.deployment import Deployment
from functions.api.failures import internal
from modelet import log
from modelet.errors import InvalidRequest, ModeletError, PayloadTooLarge
from modelet.events.reading import Event, is_http, read_http
from modelet.messages import HttpResponse
from modelet.protocols.body import error_response

NOT_FOR_US = {"host", "x-forwarded-port"}
"""Headers that the adapter parses and no route needs."""


def answer(app: FastAPI, here: Deployment, event: Any, context: Any) -> dict[str, Any]:
    """Answer an HTTP event of any kind; a client's mistake is a 4xx, an unknown failure a 500 with the request id
    only.
    """
    with log.invocation("api", str(getattr(context, "aws_request_id", "")), here.settings.log) as line:
        try:
            response = _call(app, _plain(event, here), context, line)
        except ModeletError as error:
            line["code"] = error.code
            response = _proxy(error_response(error))
        except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is ours, and is logged
            line["failure"] = log.whereabouts(error)
            response = _proxy(internal(context))
        line["status"] = response["statusCode"]
    return response


def _call(app: FastAPI, event: Event, context: Any, line: Event) -> dict[str, Any]:
    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - it was answered with a 500 already, and raised to be logged
            line["failure"] = log.whereabouts(error)

    with _event_loop():
        response: dict[str, Any] = Mangum(watched, lifespan="off")(event, context)
    return response


@contextmanager
def _event_loop() -> Iterator[None]:
    # The adapter takes the loop of its thread, but a local service calls handlers in threads that have none.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _plain(event: Any, here: Deployment) -> Event:
    if not is_http(event):
        raise InvalidRequest("The event must be an HTTP request: API Gateway's, or a Function URL's.")
    request = read_http(event)
    limit = here.settings.max_body_bytes
    if len(request.body) > limit:
        raise PayloadTooLarge(f"The body has {len(request.body)} bytes; the limit is {limit}: {here.other_way_in}.")
    http = {"method": _encodable(request.method), "path": _segments(request.path), "sourceIp": ""}
    return {
        "version": "2.0",
        "rawQueryString": urlencode(request.query, errors="replace"),
        "headers": {_encodable(k): _encodable(v) for k, v in request.headers.items() if k not in NOT_FOR_US},
        "requestContext": {"http": http},
        "body": base64.b64encode(request.body).decode(),
        "isBase64Encoded": True,
    }


def _segments(path: str) -> str:
    # The adapter decodes the path before it is routed; an encoded slash must not make another route.
    decoded = (unquote(segment).replace("/", "%2F") for segment in path.removesuffix("/").split("/"))
    return "/".join(quote(segment, errors="replace") for segment in decoded) or "/"


def _encodable(text: str) -> str:
    # Lone surrogates, which no HTTP request has, would not encode.
    return text.encode(errors="replace").decode()


def _proxy(response: HttpResponse) -> dict[str, Any]:
    body = response.body.decode()
    return {"statusCode": response.status, "headers": dict(response.headers), "body": body, "isBase64Encoded": False}
