"""AWS events → HTTP requests, whatever they hold: what is not as it should be is a mistake of the caller's.

HTTP API and Function URL, format 2.0:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
REST API, format 1.0:
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
Application Load Balancer, much like format 1.0:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html

HTTP APIs send their path percent-decoded, REST APIs, load balancers and Function URLs as it came
(https://github.com/hotsock/voker/pull/8). Decoding it once more is harmless: no valid name holds a percent sign.
"""

import binascii
from typing import Any

from modelet.errors import InvalidRequest
from modelet.messages import HttpRequest

Event = dict[str, Any]

_OF_THE_PATH = ("rawPath", "path", "resource", "pathParameters", "requestContext")


def is_http(event: Any) -> bool:
    """Whether an event stands for an HTTP request; what does not is a direct invoke."""
    return isinstance(event, dict) and ("rawPath" in event or "httpMethod" in event or "requestContext" in event)


def is_balanced(event: Event) -> bool:
    """Whether an event is of an Application Load Balancer."""
    context = event.get("requestContext")
    return isinstance(context, dict) and "elb" in context


def is_object_created(event: Any) -> bool:
    """Whether an event is the one by which a bucket tells that an object was written.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
    """
    return isinstance(event, dict) and event.get("detail-type") == "Object Created" and "detail" in event


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
    named = _object(event.get("headers"))
    headers = {name.lower(): f"{value}" for name, value in named.items() if value is not None}
    method = _text(_object(context.get("http")).get("method"), "GET").upper()
    return HttpRequest(method, path, headers, _parameters(query), _body(event))


def rest_request(event: Event) -> HttpRequest:
    """Read a REST API event, payload format 1.0, or one of a load balancer. Its `path` has no stage, but what a custom
    domain puts before it, which is taken off. Of a parameter that comes twice the last counts; a header that does is
    one list (RFC 9110, section 5.3), as HTTP APIs make it.
    """
    query = {name: values[-1] for name, values in _lists(event, "queryStringParameters").items()}
    headers: dict[str, str] = {}
    for name, values in _lists(event, "headers").items():
        headers[name.lower()] = ("; " if name.lower() == "cookie" else ", ").join(values)
    method = _text(event.get("httpMethod"), "GET").upper()
    if is_balanced(event):
        from urllib.parse import unquote_plus  # a load balancer decodes nothing

        query = {unquote_plus(name): unquote_plus(value) for name, value in query.items()}
    else:
        # A REST API without binaryMediaTypes hands base64 on as it is, and can compress by itself:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
        headers.pop("accept-encoding", None)
    return HttpRequest(method, _unmapped(event), headers, query, _body(event))


def path_of(event: Event) -> str:
    """The path of an HTTP event's request, whatever else is wrong with the event."""
    return read_http({name: event[name] for name in _OF_THE_PATH if name in event}).path


def place_before(event: Event, path: str) -> str:
    """What stands before a request's path where its caller asks, as `/prod` of a stage, or a domain's base path."""
    context = _object(event.get("requestContext"))
    asked = _text(event.get("rawPath"), "") or _text(context.get("path"), "")
    return asked.removesuffix(path) if asked.endswith(path) else ""


def _lists(event: Event, field: str) -> dict[str, list[str]]:
    # The field that has every value of a name, over the one that has only the last.
    held = {str(name): [str(value)] for name, value in _object(event.get(field)).items() if value is not None}
    for name, values in _object(event.get(f"multiValue{field[0].upper()}{field[1:]}")).items():
        known = [str(value) for value in values if value is not None] if isinstance(values, list) else []
        if known:
            held[str(name)] = known
    return held


def _unmapped(event: Event) -> str:
    # As the API's resource names it: the base path of a custom domain stands before that, and only in `path`.
    path, resource = _text(event.get("path"), "/"), _text(event.get("resource"), "")
    for name, value in _object(event.get("pathParameters")).items():
        resource = resource.replace(f"{{{name}+}}", str(value)).replace(f"{{{name}}}", str(value))
    resource = resource.rstrip("/")
    is_mapped = len(resource) > 1 and resource.startswith("/") and path.rstrip("/").endswith(resource)
    return path[path.rindex(resource) :] if is_mapped else path


def _parameters(query: str) -> dict[str, str]:
    if not query:
        return {}
    from urllib.parse import parse_qsl  # no prediction needs a query

    return dict(parse_qsl(query, keep_blank_values=True))


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
