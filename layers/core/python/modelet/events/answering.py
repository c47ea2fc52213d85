"""Answering events for the data plane: whatever comes, the answer has the shape that its sender expects, and nothing is
raised.
"""

import base64
from typing import Any

import orjson

from modelet import log, routes
from modelet.config import LAMBDA_PAYLOAD_BYTES
from modelet.errors import InvalidRequest, ModeletError, PayloadTooLarge
from modelet.events.reading import is_http, read_http
from modelet.messages import HttpResponse
from modelet.predict import Models
from modelet.protocols import direct
from modelet.protocols.body import error_response, json_response

ENVELOPE_BYTES = 1024
"""What status and headers take of Lambda's limit, beside the body."""


def answer(models: Models, event: Any, context: Any) -> dict[str, Any]:
    """Answer any event for the data plane; a client's mistake is a 4xx, an unknown failure a 500 with the request id
    only.
    """
    request_id = str(getattr(context, "aws_request_id", ""))
    http = is_http(event)
    with log.invocation("infer", request_id, models.settings.log) as line:
        try:
            response = _respond(models, event, http)
        except ModeletError as error:
            response = error_response(error)
            line["code"] = error.code
        except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is ours, and is logged
            response = _internal(request_id)
            line["code"], line["failure"] = "internal", log.whereabouts(error)
        line["status"] = response.status
        for name in ("model", "version"):
            if f"x-modelet-{name}" in response.headers:
                line[name] = response.headers[f"x-modelet-{name}"]
    return _encode(response, http)


def _respond(models: Models, event: Any, http: bool) -> HttpResponse:
    if http:
        response = routes.dispatch(models, read_http(event))
    elif isinstance(event, dict):
        response = direct.invoke(models, event)
    else:
        raise InvalidRequest('The event must be an object such as {"model": "name", "inputs": {…}}.')
    size = _sent_size(response.body, http)
    limit = max(models.settings.max_body_bytes, LAMBDA_PAYLOAD_BYTES) - ENVELOPE_BYTES
    if size > limit:
        raise PayloadTooLarge(f"The answer has {size} bytes; the limit is {limit}: ask for fewer rows or outputs.")
    return response


def _sent_size(body: bytes, http: bool) -> int:
    # Lambda's runtime writes a body as text within JSON, and a direct answer with a space after each mark.
    marks = (b'"', b"\\") if http else (b",", b":")
    return len(body) + sum(map(body.count, marks))


def _internal(request_id: str) -> HttpResponse:
    body = {"error": "An unexpected failure; it was logged.", "code": "internal", "request_id": request_id}
    return json_response(body, 500)


def _encode(response: HttpResponse, http: bool) -> dict[str, Any]:
    if not http:
        body: dict[str, Any] = orjson.loads(response.body)
        return body if response.status == 200 else {**body, "status": response.status}
    encoded: dict[str, Any] = {"statusCode": response.status, "headers": dict(response.headers)}
    try:
        return {**encoded, "body": response.body.decode(), "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {**encoded, "body": base64.b64encode(response.body).decode(), "isBase64Encoded": True}
