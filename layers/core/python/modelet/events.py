"""AWS event dicts to and from messages. Whatever the event, the answer has the shape that its sender expects, and
nothing is raised.

HTTP API 2.0 and Function URL:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
REST API 1.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote

import orjson

from modelet import log, routes
from modelet.errors import InvalidRequest, ModeletError
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols import direct
from modelet.protocols.body import error_response, json_response

Event = dict[str, Any]


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
            line["code"], line["failure"] = "internal", f"{type(error).__name__}: {error}"
            response = json_response(
                {"error": "An unexpected failure; it was logged.", "code": "internal", "request_id": request_id}, 500
            )
        line["status"] = response.status
        for name in ("model", "version"):
            if f"x-modelet-{name}" in response.headers:
                line[name] = response.headers[f"x-modelet-{name}"]
    return _encode(response, kind)


def _kind(event: Any) -> str:
    if isinstance(event, dict) and isinstance(event.get("requestContext"), dict):
        return "http" if isinstance(event["requestContext"].get("http"), dict) else "rest"
    return "direct"


def _respond(models: Models, event: Any, kind: str) -> HttpResponse:
    if kind == "direct":
        if not isinstance(event, dict):
            raise InvalidRequest('The event must be an object such as {"model": "name", "inputs": {…}}.')
        return direct.invoke(models, event)
    request = http_request(event) if kind == "http" else rest_request(event)
    return routes.dispatch(models, request)


def http_request(event: Event) -> HttpRequest:
    """Read an HTTP API or Function URL event, payload format 2.0."""
    context = event["requestContext"]
    path, stage = unquote(str(event.get("rawPath") or "/")), str(context.get("stage") or "$default")
    if stage != "$default" and path.startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :]
    return HttpRequest(
        method=str(context["http"].get("method") or "GET").upper(),
        path=path,
        headers=_lower(event.get("headers")),
        query=_texts(event.get("queryStringParameters")),
        body=_body(event),
    )


def rest_request(event: Event) -> HttpRequest:
    """Read a REST API event, payload format 1.0; its `path` has no stage."""
    return HttpRequest(
        method=str(event.get("httpMethod") or "GET").upper(),
        path=unquote(str(event.get("path") or "/")),
        headers=_lower(event.get("headers")),
        query=_texts(event.get("queryStringParameters")),
        body=_body(event),
    )


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in _texts(headers).items()}


def _texts(held: Any) -> dict[str, str]:
    if not isinstance(held, dict):
        return {}
    return {str(name): str(value) for name, value in held.items() if value is not None}


def _body(event: Event) -> bytes:
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise InvalidRequest("The event's body must be text.")
    if not event.get("isBase64Encoded"):
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
