"""Answering events for the data plane: whatever comes, the answer has the shape that its sender expects, and nothing is
raised.
"""

from typing import Any

from modelet import log, routes
from modelet.config import LAMBDA_PAYLOAD_BYTES, MIB
from modelet.errors import InvalidRequest, ModeletError, PayloadTooLarge
from modelet.events.encoding import AT_MOST_TIMES, balance, check_size, encode_direct, encode_http
from modelet.events.reading import is_balanced, is_http, is_object_created, path_of, place_before, read_http
from modelet.events.timing import NO_LIMIT, allow, server_timing
from modelet.messages import HttpResponse
from modelet.phases import enter
from modelet.predict import Models
from modelet.protocols import direct
from modelet.protocols.body import error_response, failure_response

ENVELOPE_BYTES = 1024
"""What status and headers take of Lambda's limit, beside the body."""

LOAD_BALANCER_BYTES = MIB
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""

SURELY_SENT = (LOAD_BALANCER_BYTES - ENVELOPE_BYTES) // AT_MOST_TIMES
"""What a body may have to be sent whatever the way."""


def answer(models: Models, event: Any, context: Any) -> dict[str, Any]:
    """Answer any event for the data plane; a client's mistake is a 4xx, an unknown failure a 500 with the request id
    only. Raises Unavailable for a request that was left for later and that Lambda shall try again.
    """
    http = is_http(event)
    if not http and is_object_created(event):
        from modelet.events.later import fulfil  # nobody waits for these

        return fulfil(models, event, context)
    request_id = str(getattr(context, "aws_request_id", ""))
    invocation = log.invocation("infer", request_id, models.settings.log)
    with invocation as line, invocation.phases:
        try:
            enter("decode")
            allow(invocation.phases, models.settings.gateway_seconds if http else NO_LIMIT, context)
            response = _respond(models, event, http)
        except ModeletError as error:
            response = error_response(error, path_of(event) if http else "")
            line["code"] = error.code
        except Exception as error:  # noqa: BLE001 - the boundary: whatever is left is ours, and is logged
            response = internal(request_id, path_of(event) if http else "")
            line["code"], line["failure"] = "internal", log.whereabouts(error)
        line["status"] = response.status
        version = response.headers.get("x-modelet-version")
        if version is not None:
            line["model"], line["version"] = response.headers["x-modelet-model"], version
        if not http:
            return encode_direct(response)
        encoded = encode_http(response)
        encoded["headers"]["server-timing"] = server_timing(invocation.phases.close(), invocation.cold)
        return encoded if "rawPath" in event or not is_balanced(event) else balance(encoded, event)


def _respond(models: Models, event: Any, http: bool) -> HttpResponse:
    if http:
        request = read_http(event)
        response = routes.dispatch(models, request)
        if "location" in response.headers:
            response = _placed(response, place_before(event, request.path))
    elif isinstance(event, dict):
        response = direct.invoke(models, event)
    else:
        raise InvalidRequest('The event must be an object such as {"model": "name", "inputs": {…}}.')
    return response if len(response.body) <= SURELY_SENT else _sendable(models, event, response)


def _placed(response: HttpResponse, before: str) -> HttpResponse:
    place = response.headers["location"]
    if not place.startswith("/"):
        return response
    return response._replace(headers={**response.headers, "location": before + place})


def _sendable(models: Models, event: Any, response: HttpResponse) -> HttpResponse:
    limit, http = LOAD_BALANCER_BYTES if is_balanced(event) else LAMBDA_PAYLOAD_BYTES, is_http(event)
    try:
        check_size(response, http, limit - ENVELOPE_BYTES)
    except PayloadTooLarge as too_large:
        from modelet.events.spilling import spill  # few answers need it

        return spill(models.store, response, http, too_large)
    return response


def internal(request_id: str, path: str) -> HttpResponse:
    """The answer to an unknown failure, which says nothing of it, for who asked this `path`."""
    body = {"error": "An unexpected failure; it was logged.", "code": "internal", "request_id": request_id}
    return failure_response(body, 500, path)
