"""An HTTP request → the event, in payload format 2.0, that an HTTP API sends to a function.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from modelet.local.request import Request

ACCOUNT = "123456789012"
API = "local"
STAGE = "$default"

# Seen on the live service: https://github.com/ministackorg/ministack/pull/766
_TEXT_TYPES = {"application/json", "application/javascript", "application/xml"}


def http_api_event(
    request: Request, path: str, route_key: str, parameters: Mapping[str, str], request_id: str
) -> dict[str, Any]:
    """The event for a request whose decoded `path` took a route; what the request lacks, its event does not name."""
    headers, cookies = _headers(request)
    query = _joined(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
    body = _body(request.body, headers.get("content-type", ""))
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": request.query,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": query} if query else {}),
        "requestContext": _context(request, path, route_key, headers, request_id),
        **({"pathParameters": dict(parameters)} if parameters else {}),
        **body,
    }


def _context(request: Request, path: str, route_key: str, headers: dict[str, str], request_id: str) -> dict[str, Any]:
    domain = headers.get("host", "localhost").partition(":")[0]
    return {
        "accountId": ACCOUNT,
        "apiId": API,
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.protocol,
            "sourceIp": request.client,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": route_key,
        "stage": STAGE,
        "time": _written(int(request.received)),
        "timeEpoch": int(request.received * 1000),
    }


@lru_cache(maxsize=4)
def _written(second: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second))


def _headers(request: Request) -> tuple[dict[str, str], list[str]]:
    pairs = [(name.lower(), value) for name, value in request.headers]
    cookies = [part.strip() for name, value in pairs if name == "cookie" for part in value.split(";")]
    headers = _joined([pair for pair in pairs if pair[0] != "cookie"])
    # Chunks are the connection's affair; the function sees a whole body and its length.
    if headers.pop("transfer-encoding", None):
        headers["content-length"] = str(len(request.body))
    hops = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    headers["x-forwarded-for"] = ", ".join([*hops, request.client])
    headers["x-forwarded-port"] = str(request.port)
    headers["x-forwarded-proto"] = request.scheme
    return headers, [cookie for cookie in cookies if cookie]


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if not body:
        return {"isBase64Encoded": False}
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES:
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass  # An event is JSON and cannot hold such text; base64 loses nothing of it.
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
