"""Errors → answers, in one table: whatever went wrong, the body is `{"error", "code"}`, as the data plane's is."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match

from modelet.errors import InvalidRequest, MethodNotAllowed, ModeletError, RouteNotFound
from modelet.messages import HttpResponse
from modelet.protocols.body import error_response, json_response

Handlers = dict[int | type[Exception], Callable[[Request, Any], Any]]


class Error(BaseModel):
    """What every error says."""

    error: str = Field(description="What was wrong and what to do about it.")
    code: str = Field(description="A stable word for the kind of error.", examples=["model_not_found"])


def handlers(routes: Sequence[BaseRoute]) -> Handlers:
    """Exception class → what makes the answer; `routes` are all there are."""
    return {
        ModeletError: lambda _, error: _answer(error_response(error)),
        RequestValidationError: lambda _, error: _answer(error_response(InvalidRequest(_sentence(error)))),
        HTTPException: lambda request, error: _answer(error_response(_known(request, error, routes))),
        Exception: lambda request, _: _answer(internal(request.scope.get("aws.context"))),
    }


def internal(context: Any) -> HttpResponse:
    """The answer to a failure that nobody foresaw: where to look it up, and nothing else."""
    request_id = str(getattr(context, "aws_request_id", ""))
    body = {"error": "An unexpected failure; it was logged.", "code": "internal", "request_id": request_id}
    return json_response(body, 500)


def _answer(response: HttpResponse) -> Response:
    return Response(response.body, response.status, dict(response.headers))


def _sentence(error: RequestValidationError) -> str:
    first = error.errors()[0]
    where, *path = first["loc"]
    problem = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    if not path:
        return f"The {where} is wrong: {problem}."
    return f"{'.'.join(map(str, path))!r:.200} in the {where} is wrong: {problem}."


def _known(request: Request, error: HTTPException, routes: Sequence[BaseRoute]) -> ModeletError:
    path = request.scope["path"]
    if error.status_code == 405:
        allowed = _methods(request, routes)
        return MethodNotAllowed(f"{path!r:.200} takes {' and '.join(allowed)}, not {request.method!r:.40}.", allowed)
    if error.status_code == 404:
        return RouteNotFound(f"There is no route {path!r:.200}.")
    return InvalidRequest(f"The request cannot be read: {error.detail}.")


def _methods(request: Request, routes: Sequence[BaseRoute]) -> tuple[str, ...]:
    found = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return tuple(sorted({method for route in found for method in getattr(route, "methods", ())}))
