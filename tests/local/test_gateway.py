"""Whatever a request asks and a handler does, the gateway answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from modelet.local.answer import Response
from modelet.local.gateway import Gateway
from modelet.local.request import Request
from modelet.local.template import Function

FUNCTION = Function("F", "f", ("ANY /a/{proxy+}",))


def answer(request: Request, handler: Callable[[Any, Any], Any]) -> Response:
    return Gateway([FUNCTION], lambda _: handler).answer(request)


def message(response: Response) -> tuple[int, str]:
    assert ("content-type", "application/json") in response.headers
    return response.status, json.loads(response.body)["message"]


def raise_(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize(
    "handler",
    [
        lambda event, context: 1 / 0,
        lambda event, context: raise_(SystemExit(1)),
        lambda event: {},
        lambda event, context: {"statusCode": "nonsense"},
        lambda event, context: {"statusCode": 200, "body": 1},
        lambda event, context: object(),
    ],
)
def test_a_handler_that_fails_is_a_500_without_internals(
    handler: Callable[[Any, Any], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    response = answer(Request("GET", "/a/b"), handler)

    assert message(response) == (500, "Internal Server Error")
    assert dict(response.headers)["apigw-requestid"] in capfd.readouterr().err


def test_a_handler_that_cannot_be_imported_is_a_500(capfd: pytest.CaptureFixture[str]) -> None:
    gateway = Gateway([FUNCTION], lambda _: raise_(ImportError("no module named nonsense")))

    assert message(gateway.answer(Request("GET", "/a/b"))) == (500, "Internal Server Error")
    assert "no module named nonsense" in capfd.readouterr().err


def test_a_handler_gets_the_event_and_a_context_with_the_same_id() -> None:
    response = answer(Request("GET", "/a/b"), lambda event, context: [event["requestContext"], context.aws_request_id])

    context, request_id = json.loads(response.body)
    assert context["requestId"] == request_id == dict(response.headers)["apigw-requestid"]


def test_what_no_route_takes_is_not_found() -> None:
    assert message(answer(Request("GET", "/b"), lambda event, context: "never")) == (404, "Not Found")


def test_a_path_that_cannot_be_decoded_is_a_bad_request() -> None:
    assert message(answer(Request("GET", "/a/%zz"), lambda event, context: "never")) == (400, "Bad Request")


def test_what_a_handler_does_to_its_event_reaches_no_other_event() -> None:
    gateway = Gateway([FUNCTION], lambda _: lambda event, context: event["pathParameters"].pop("proxy"))

    answers = [gateway.answer(Request("GET", "/a/b")) for _ in range(2)]

    assert [(answer.status, answer.body) for answer in answers] == [(200, b"b")] * 2
