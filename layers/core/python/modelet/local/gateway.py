"""An HTTP request → its function's answer: what API Gateway and Lambda do between them."""

import sys
import traceback
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import orjson

from modelet.config import LAMBDA_PAYLOAD_BYTES, MIB
from modelet.local.answer import Response, gateway_message, http_response
from modelet.local.context import invocation_context
from modelet.local.event import http_api_event
from modelet.local.path import decode_path
from modelet.local.presigned import OBJECT_BYTES, Presigned
from modelet.local.request import Request
from modelet.local.routing import Match, Router
from modelet.local.template import Function
from modelet.local.trigger import Trigger
from modelet.store.signed import BELOW

BODY_BYTES = 10 * MIB  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
CONTROL_PLANE = "/api/"
FILES_WAY_AROUND = "push larger files with: modelet push FILE --name NAME."
AT_MOST_TIMES = 6
"""How many times larger than itself a body can become in an event: as text, each of its characters may be escaped."""


class Gateway:
    """The HTTP API of a stack, and beside it the objects of its store. `load` gives a function's handler. Safe to share
    between threads.
    """

    def __init__(
        self,
        functions: Iterable[Function],
        load: Callable[[Function], Callable[[Any, Any], Any]],
        objects: Presigned | None = None,
    ) -> None:
        self._router = Router(functions)
        self._load = load
        self._objects = objects
        self._trigger = Trigger()

    def largest_body(self, method: str, path: str, query: str) -> int:
        """The bytes that the body of such a request may have."""
        return OBJECT_BYTES if self._objects and self._objects.allows(method, path, query) else BODY_BYTES

    def handler_of(self, request: Request) -> str | None:
        """The name of the handler that a request is for, or None where the gateway answers by itself."""
        path = decode_path(request.path)
        match = None if path is None else self._router.match(request.method, path)
        return match.function.handler if match else None

    def answer(self, request: Request) -> Response:
        """Answer any request; a handler that fails is a 500 without internals, and its traceback goes to standard
        error.
        """
        if self._objects and request.path.startswith(BELOW):
            return self._objects.answer(request)
        path = decode_path(request.path)
        if path is None:
            return gateway_message(400, "Bad Request")
        match = self._router.match(request.method, path)
        if match is None:
            return gateway_message(404, "Not Found")
        return self._invoke(request, path, match)

    def _invoke(self, request: Request, path: str, match: Match) -> Response:
        request_id = str(uuid.uuid4())
        event = http_api_event(request, path, match.route_key, match.parameters, request_id)
        try:
            response = _refused(request, path, event) or self._handled(event, match.function, request_id)
        except (Exception, SystemExit):  # noqa: BLE001 - whatever a handler does, the service lives on
            sys.stderr.write(f"{match.function.name} failed, request {request_id}:\n{traceback.format_exc()}")
            response = gateway_message(500, "Internal Server Error")
        return Response(response.status, (*response.headers, ("apigw-requestid", request_id)), response.body)

    def _handled(self, event: dict[str, Any], function: Function, request_id: str) -> Response:
        handler = self._load(function)
        response = http_response(handler(event, invocation_context(function, request_id)))
        self._trigger.watch(response, function, handler)
        return response


def _refused(request: Request, path: str, event: dict[str, Any]) -> Response | None:
    """The refusal of a request whose event Lambda would not take, as the function itself refuses what is too large.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    if len(request.body) <= LAMBDA_PAYLOAD_BYTES // AT_MOST_TIMES:
        return None
    size = len(orjson.dumps(event))
    if size <= LAMBDA_PAYLOAD_BYTES:
        return None
    from modelet.protocols.body import WAY_AROUND, error_response, too_large

    around = FILES_WAY_AROUND if path.startswith(CONTROL_PLANE) else WAY_AROUND
    said = error_response(too_large(len(request.body), LAMBDA_PAYLOAD_BYTES, size, around), path)
    return Response(said.status, tuple(said.headers.items()), said.body)
