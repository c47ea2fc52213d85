"""Answering events for the data plane: whatever comes, the answer has the shape that its sender expects, and nothing is
raised.
"""

from typing import Any

from modelet import log, routes
from modelet.config import LAMBDA_PAYLOAD_BYTES
from modelet.errors import InvalidRequest, ModeletError
from modelet.events.encoding import check_size, encode_direct, encode_http
from modelet.events.reading import is_http, read_http
from modelet.events.timing import NO_LIMIT, allow, server_timing
from modelet.messages import HttpResponse
from modelet.phases import enter
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
    invocation = log.invocation("infer", request_id, models.settings.log)
    with invocation as line, invocation.phases:
        http = is_http(event)
        try:
            enter("decode")
            allow(invocation.phases, models.settings.gateway_seconds if http else NO_LIMIT, context)
            response = _respond(models, event, http)
        except ModeletError as error:
            response = error_response(error)
            line["code"] = error.code
        except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is ours, and is logged
            response = _internal(request_id)
            line["code"], line["failure"] = "internal", log.whereabouts(error)
        line["status"] = response.status
        version = response.headers.get("x-modelet-version")
        if version is not None:
            line["model"], line["version"] = response.headers["x-modelet-model"], version
        if not http:
            return encode_direct(response)
        encoded = encode_http(response)
        encoded["headers"]["server-timing"] = server_timing(invocation.phases.close(), invocation.cold)
        return encoded


def _respond(models: Models, event: Any, http: bool) -> HttpResponse:
    if http:
        response = routes.dispatch(models, read_http(event))
    elif isinstance(event, dict):
        response = direct.invoke(models, event)
    else:
        raise InvalidRequest('The event must be an object such as {"model": "name", "inputs": {…}}.')
    check_size(response, http, max(models.settings.max_body_bytes, LAMBDA_PAYLOAD_BYTES) - ENVELOPE_BYTES)
    return response


def _internal(request_id: str) -> HttpResponse:
    body = {"error": "An unexpected failure; it was logged.", "code": "internal", "request_id": request_id}
    return json_response(body, 500)
