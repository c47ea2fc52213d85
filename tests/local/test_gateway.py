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


def sent(body: bytes, media_type: str, path: str = "/a/b") -> tuple[int, Any]:
    """What a request is answered by a handler that is glad to be reached."""
    gateway = Gateway([Function("F", "f", ("$default",))], lambda _: lambda event, context: {"reached": True})
    response = gateway.answer(Request("POST", path, headers=(("content-type", media_type),), body=body))
    return response.status, json.loads(response.body)


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (bytes(4_717_000), "application/octet-stream", 200),
        (bytes(4_718_592), "application/octet-stream", 413),
        (b"1" * 6_290_000, "application/json", 200),
        (b"1" * 6_291_456, "application/json", 413),
        (b'"' * 3_140_000, "application/json", 200),
        (b'"' * 3_150_000, "application/json", 413),
        (b"\x01" * 1_049_000, "text/plain", 413),
        (b"1" * 4_800_000, "application/x-npy", 413),
    ],
)
def test_a_function_is_sent_no_more_than_lambda_would(body: bytes, media_type: str, status: int) -> None:
    answered, said = sent(body, media_type)

    assert answered == status
    assert said == {"reached": True} if status == 200 else said["code"] == "payload_too_large"


def test_a_request_that_lambda_would_not_take_is_told_the_limits_and_the_way_around_them() -> None:
    _, said = sent(bytes(6_280_000), "application/octet-stream", "/v2/models/m/infer")

    assert said["error"].startswith("The body has 6280000 bytes, and 837")
    assert "the limit is 6291456, or some 4718592 of a binary body" in said["error"]
    assert said["error"].endswith("POST /uploads/tensors takes large tensors, to which the request then refers.")


def test_the_refusal_of_what_lambda_would_not_take_is_in_the_words_of_its_protocol() -> None:
    body = bytes(5_000_000)

    _, torchserve = sent(body, "application/octet-stream", "/predictions/m")
    _, mlflow = sent(body, "application/x-npy", "/invocations")
    _, file = sent(body, "application/octet-stream", "/api/models/m/versions")

    assert (torchserve["code"], torchserve["reason"]) == (413, "payload_too_large")
    assert (mlflow["error_code"], mlflow["message"]) == ("BAD_REQUEST", mlflow["error"])
    assert "modelet push FILE" in file["error"]
