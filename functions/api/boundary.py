"""AWS events → the application and back. Nothing is raised, whatever comes: every event is first made one plain event
that the adapter cannot stumble over (it raises on a Host with two colons, a null header, invalid base64 …).

Format: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import asyncio
import base64
import binascii
import traceback
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
from modelet.messages import HttpResponse
from modelet.protocols.body import error_response

Event = dict[str, Any]

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
            line["failure"] = _whereabouts(error)
            response = _proxy(internal(context))
        line["status"] = response["statusCode"]
    return response


def _call(app: FastAPI, event: Event, context: Any, line: Event) -> dict[str, Any]:
    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - it was answered with a 500 already, and raised to be logged
            line["failure"] = _whereabouts(error)

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
    if not isinstance(event, dict) or not {"rawPath", "httpMethod"} & set(event):
        raise InvalidRequest("The event must be an HTTP request: API Gateway's, or a Function URL's.")
    context = _object(event.get("requestContext"))
    if "rawPath" in event:
        path, query = _without_stage(event["rawPath"], context), event.get("rawQueryString")
        method = _object(context.get("http")).get("method")
    else:
        path, query, method = _text(event.get("path"), "/"), _query(event), event["httpMethod"]
    body = _body(event)
    limit = here.settings.max_body_bytes
    if len(body) > limit:
        raise PayloadTooLarge(f"The body has {len(body)} bytes; the limit is {limit}: {here.other_way_in}.")
    http = {"method": _text(method, "GET").upper(), "path": _segments(path), "sourceIp": ""}
    return {
        "version": "2.0",
        "rawQueryString": _text(query, ""),
        "headers": _headers(event),
        "requestContext": {"http": http},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _without_stage(held: Any, context: Event) -> str:
    path, stage = _text(held, "/"), _text(context.get("stage"), "$default")
    if stage != "$default" and f"{path}/".startswith(f"/{stage}/"):
        return path[len(stage) + 1 :]
    return path


def _segments(path: str) -> str:
    # The adapter decodes the path before it is routed; an encoded slash must not make another route.
    decoded = (unquote(segment).replace("/", "%2F") for segment in path.removesuffix("/").split("/"))
    return "/".join(quote(segment, errors="replace") for segment in decoded) or "/"


def _headers(event: Event) -> dict[str, str]:
    held = {name.lower(): value for name, value in _object(event.get("headers")).items() if isinstance(value, str)}
    return {_text(name, ""): _text(value, "") for name, value in held.items() if name not in NOT_FOR_US}


def _query(event: Event) -> str:
    held = _object(event.get("multiValueQueryStringParameters")) or _object(event.get("queryStringParameters"))
    return urlencode(held, doseq=True, errors="replace")


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise InvalidRequest("The event's body must be text.")
    try:
        return base64.b64decode(body, validate=True) if event.get("isBase64Encoded") is True else body.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The body is not valid UTF-8.") from None
    except (binascii.Error, ValueError):
        raise InvalidRequest("The body is marked as base64, but is not valid base64.") from None


def _object(held: Any) -> Event:
    return held if isinstance(held, dict) else {}


def _text(held: Any, default: str) -> str:
    # Lone surrogates, which no HTTP request has, would not encode.
    return held.encode(errors="replace").decode() if isinstance(held, str) and held else default


def _proxy(response: HttpResponse) -> dict[str, Any]:
    body = response.body.decode()
    return {"statusCode": response.status, "headers": dict(response.headers), "body": body, "isBase64Encoded": False}


def _whereabouts(error: Exception) -> str:
    # Never its text, which may quote what the caller sent.
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} in " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
