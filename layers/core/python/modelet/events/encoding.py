"""Responses → what a handler returns to Lambda's runtime, which sends it as JSON and only so much of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from binascii import b2a_base64
from typing import Any

import orjson

from modelet.errors import PayloadTooLarge
from modelet.messages import HttpResponse

AT_MOST_TIMES = 2
"""How many times larger than itself a body can become on its way."""

MARKS_OF_EXPONENT = 2
"""What the runtime writes more of a number that has one, at most."""


def check_size(response: HttpResponse, http: bool, limit: int) -> None:
    """Refuse what Lambda would not send; raises PayloadTooLarge. `limit` is in bytes, for the body alone."""
    if len(response.body) > limit // AT_MOST_TIMES:
        size = _sent_size(response, http, limit)
        if size > limit:
            raise PayloadTooLarge(f"The answer has {size} bytes; the limit is {limit}: ask for fewer rows or outputs.")


def encode_http(response: HttpResponse) -> dict[str, Any]:
    """What API Gateway and Function URLs take: JSON as text, anything else as base64."""
    text = _is_json(response)
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "body": response.body.decode() if text else b2a_base64(response.body, newline=False).decode(),
        "isBase64Encoded": not text,
    }


def balance(encoded: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """The same answer as an Application Load Balancer takes it: with the phrase of its status, and with lists of
    headers where the event came with such lists.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#respond-to-load-balancer
    """
    from http import HTTPStatus  # few deployments need it

    balanced = {**encoded, "statusDescription": f"{encoded['statusCode']} {HTTPStatus(encoded['statusCode']).phrase}"}
    if "multiValueHeaders" in event:
        balanced["multiValueHeaders"] = {name: [value] for name, value in balanced.pop("headers").items()}
    return balanced


def encode_direct(response: HttpResponse) -> dict[str, Any]:
    """What a direct invoke is answered: the object itself, with its status where it is an error."""
    body: dict[str, Any] = orjson.loads(response.body)
    return body if response.status == 200 else {**body, "status": response.status}


def _sent_size(response: HttpResponse, http: bool, limit: int) -> int:
    body = response.body
    if http and not _is_json(response):
        return (len(body) + 2) // 3 * 4
    if http:  # as text within JSON
        return len(body) + body.count(b'"') + body.count(b"\\")
    # With a space after each mark, and 1e-7 as 1e-07. Close to the limit it is written to be sure, as numbers differ.
    about = len(body) + body.count(b",") + body.count(b":")
    is_close = about + MARKS_OF_EXPONENT * body.count(b"e") > limit and len(body) <= AT_MOST_TIMES * limit
    return _written_size(response) if is_close else about


def _written_size(response: HttpResponse) -> int:
    import json  # which few answers need

    return len(json.dumps(encode_direct(response), ensure_ascii=False).encode(errors="surrogatepass"))


def _is_json(response: HttpResponse) -> bool:
    headers = response.headers
    return headers.get("content-type") == "application/json" and "content-encoding" not in headers
