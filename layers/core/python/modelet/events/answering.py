"""AWS event dicts to and from messages. Whatever the event, the answer has the shape that its sender expects, and
nothing is raised.

HTTP API and Function URL, format 2.0:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
REST API, format 1.0:
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

HTTP APIs send their path percent-decoded, REST APIs and Function URLs as it came
(https://github.com/hotsock/voker/pull/8). Decoding it once more is harmless: no valid name holds a percent sign.
"""

import base64
import binascii
import traceback
from typing import Any

import orjson

from modelet import log, routes
from modelet.config import LAMBDA_PAYLOAD_BYTES
from modelet.errors import InvalidRequest, ModeletError, PayloadTooLarge
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols import direct
from modelet.protocols.body import error_response, json_response

Event = dict[str, Any]

ENVELOPE_BYTES = 1024
"""What status and headers take of Lambda's limit, beside the body."""


def answer(models: Models, event: Any, context: Any) -> dict[str, Any]:
    """Answer any event for the data plane; a client's mistake is a 4xx, an unknown failure a 500 with the request id
    only.
    """
    request_id = str(getattr(context, "aws_request_id", ""))
    kind = _kind(event)
    with log.invocation("infer", request_id, models.settings.log) as line:
        try:
            response = _respond(models, event, kind)
        except ModeletError as error:
            response = error_response(error)
            line["code"] = error.code
        except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is ours, and is logged
            response = _internal(request_id)
            line["code"], line["failure"] = "internal", _whereabouts(error)
        line["status"] = response.status
        for name in ("model", "version"):
            if f"x-modelet-{name}" in response.headers:
                line[name] = response.headers[f"x-modelet-{name}"]
    return _encode(response, kind)


def _kind(event: Any) -> str:
    if not isinstance(event, dict):
        return "direct"
    context = event.get("requestContext")
    if "rawPath" in event or (isinstance(context, dict) and "http" in context):
        return "http"
    return "rest" if "httpMethod" in event or "requestContext" in event else "direct"


def _respond(models: Models, event: Any, kind: str) -> HttpResponse:
    if kind == "direct":
        if not isinstance(event, dict):
            raise InvalidRequest('The event must be an object such as {"model": "name", "inputs": {…}}.')
        response = direct.invoke(models, event)
    else:
        response = routes.dispatch(models, http_request(event) if kind == "http" else rest_request(event))
    size, limit = (
        _sent_size(response.body, kind),
        max(models.settings.max_body_bytes, LAMBDA_PAYLOAD_BYTES) - ENVELOPE_BYTES,
    )
    if size > limit:
        raise PayloadTooLarge(f"The answer has {size} bytes; the limit is {limit}: ask for fewer rows or outputs.")
    return response


def _sent_size(body: bytes, kind: str) -> int:
    # Lambda's runtime writes a body as text within JSON, and a direct answer with a space after each mark.
    marks = (b",", b":") if kind == "direct" else (b'"', b"\\")
    return len(body) + sum(map(body.count, marks))


def _internal(request_id: str) -> HttpResponse:
    body = {"error": "An unexpected failure; it was logged.", "code": "internal", "request_id": request_id}
    return json_response(body, 500)


def _whereabouts(error: Exception) -> str:
    # Never its text, which may quote what the caller sent.
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} in " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))


def http_request(event: Event) -> HttpRequest:
    """Read an HTTP API or Function URL event, payload format 2.0; the stage is taken off its path."""
    context = _object(event.get("requestContext"))
    path, stage = _text(event.get("rawPath"), "/"), _text(context.get("stage"), "$default")
    if stage != "$default" and f"{path}/".startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :] or "/"
    return _request(event, _object(context.get("http")).get("method"), path)


def rest_request(event: Event) -> HttpRequest:
    """Read a REST API event, payload format 1.0; its `path` has no stage."""
    return _request(event, event.get("httpMethod"), _text(event.get("path"), "/"))


def _request(event: Event, method: Any, path: str) -> HttpRequest:
    headers = {name.lower(): value for name, value in _texts(event.get("headers")).items()}
    query = _texts(event.get("queryStringParameters"))
    return HttpRequest(_text(method, "GET").upper(), path, headers, query, _body(event))


def _object(held: Any) -> Event:
    return held if isinstance(held, dict) else {}


def _text(held: Any, default: str) -> str:
    return held if isinstance(held, str) and held else default


def _texts(held: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in _object(held).items() if value is not None}


def _body(event: Event) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise InvalidRequest("The event's body must be text.")
    if event.get("isBase64Encoded") is not True:
        try:
            return body.encode()
        except UnicodeEncodeError:
            raise InvalidRequest("The body is not valid UTF-8.") from None
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("The body is marked as base64, but is not valid base64.") from None


def _encode(response: HttpResponse, kind: str) -> dict[str, Any]:
    if kind == "direct":
        body: dict[str, Any] = orjson.loads(response.body)
        return body if response.status == 200 else {**body, "status": response.status}
    encoded: dict[str, Any] = {"statusCode": response.status, "headers": dict(response.headers)}
    try:
        return {**encoded, "body": response.body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {**encoded, "body": base64.b64encode(response.body).decode(), "isBase64Encoded": True}
