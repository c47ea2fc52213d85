"""AWS events → HTTP requests, whatever they hold: what is not as it should be is a mistake of the caller's.

HTTP API and Function URL, format 2.0:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
REST API, format 1.0:
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html

HTTP APIs send their path percent-decoded, REST APIs and Function URLs as it came
(https://github.com/hotsock/voker/pull/8). Decoding it once more is harmless: no valid name holds a percent sign.
"""

import binascii
from typing import Any

from modelet.errors import InvalidRequest
from modelet.messages import HttpRequest

Event = dict[str, Any]


def is_http(event: Any) -> bool:
    """Whether an event stands for an HTTP request; what does not is a direct invoke."""
    return isinstance(event, dict) and ("rawPath" in event or "httpMethod" in event or "requestContext" in event)


def read_http(event: Event) -> HttpRequest:
    """Read an HTTP event of either format; raises InvalidRequest for a body that cannot be."""
    context = event.get("requestContext")
    if "rawPath" in event or (isinstance(context, dict) and "http" in context):
        return http_request(event)
    return rest_request(event)


def http_request(event: Event) -> HttpRequest:
    """Read an HTTP API or Function URL event, payload format 2.0; the stage is taken off its path."""
    context = _object(event.get("requestContext"))
    path, stage = _text(event.get("rawPath"), "/"), _text(context.get("stage"), "$default")
    if stage != "$default" and f"{path}/".startswith(f"/{stage}/"):
        path = path[len(stage) + 1 :] or "/"
    query = _text(event.get("rawQueryString"), "")
    return _request(event, _object(context.get("http")).get("method"), path, _parameters(query))


def rest_request(event: Event) -> HttpRequest:
    """Read a REST API event, payload format 1.0; its `path` has no stage."""
    given = _object(event.get("queryStringParameters"))
    query = {str(name): str(value) for name, value in given.items() if value is not None}
    return _request(event, event.get("httpMethod"), _text(event.get("path"), "/"), query)


def _parameters(query: str) -> dict[str, str]:
    if not query:
        return {}
    from urllib.parse import parse_qsl  # no prediction needs a query

    return dict(parse_qsl(query, keep_blank_values=True))


def _request(event: Event, method: Any, path: str, query: dict[str, str]) -> HttpRequest:
    named = _object(event.get("headers"))
    headers = {str(name).lower(): str(value) for name, value in named.items() if value is not None}
    return HttpRequest(_text(method, "GET").upper(), path, headers, query, _body(event))


def _object(held: Any) -> Event:
    return held if isinstance(held, dict) else {}


def _text(held: Any, default: str) -> str:
    return held if isinstance(held, str) and held else default


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
        return binascii.a2b_base64(body, strict_mode=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest("The body is marked as base64, but is not valid base64.") from None
