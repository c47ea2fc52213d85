"""Path → protocol and action: one small table. What few requests ask for is imported when the first one does.

A path is split first and percent-decoded after, so that an encoded slash never makes another route. One slash at the
end is ignored; an empty segment is a segment.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from importlib import import_module

from modelet.errors import MethodNotAllowed, RouteNotFound
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols import simple
from modelet.protocols.body import too_large
from modelet.protocols.v2.infer import infer

Action = Callable[..., HttpResponse]
"""Takes the models, the request and the path's parameters by name."""

WORTH_COMPRESSING = 1024
"""Bytes; what is smaller goes into one packet as it is."""

VERSION_1 = "v1"
"""Here a colon begins a verb: it is in no name."""

ROUTES: tuple[tuple[str, str, Action | str], ...] = (
    ("POST", "/predict", simple.predict_default),
    ("POST", "/models/{model}/predict", simple.predict),
    ("POST", "/models/{model}/versions/{ref}/predict", simple.predict),
    ("GET", "/", "ping:root"),
    ("GET", "/v2", "v2.metadata:server"),
    ("GET", "/v2/health/live", "v2.metadata:live"),
    ("GET", "/v2/health/ready", "v2.metadata:ready"),
    ("GET", "/v2/models", "v2.repository:names"),
    ("GET", "/v2/models/stats", "v2.statistics:all_statistics"),
    ("GET", "/v2/models/{model}", "v2.metadata:metadata"),
    ("GET", "/v2/models/{model}/ready", "v2.metadata:model_ready"),
    ("POST", "/v2/models/{model}/infer", infer),
    ("GET", "/v2/models/{model}/versions/{ref}", "v2.metadata:metadata"),
    ("GET", "/v2/models/{model}/versions/{ref}/ready", "v2.metadata:model_ready"),
    ("POST", "/v2/models/{model}/versions/{ref}/infer", infer),
    ("GET", "/v2/models/{model}/config", "v2.configuration:configuration"),
    ("GET", "/v2/models/{model}/stats", "v2.statistics:model_statistics"),
    ("GET", "/v2/models/{model}/versions/{ref}/config", "v2.configuration:configuration"),
    ("GET", "/v2/models/{model}/versions/{ref}/stats", "v2.statistics:version_statistics"),
    ("POST", "/v2/repository/index", "v2.repository:index"),
    ("POST", "/v2/repository/{repository}/index", "v2.repository:index"),
    ("POST", "/v2/repository/models/{model}/load", "v2.repository:load"),
    ("POST", "/v2/repository/{repository}/models/{model}/load", "v2.repository:load"),
    ("POST", "/uploads/tensors", "uploads:create"),
    ("GET", "/ping", "ping:ping"),
    ("GET", "/health", "ping:ping"),
    ("GET", "/version", "ping:version"),
    ("POST", "/invocations", "invocations.actions:invoke"),
    ("POST", "/endpoints/{model}/invocations", "invocations.actions:invoke_endpoint"),
    ("POST", "/endpoints/{model}/versions/{ref}/invocations", "invocations.actions:invoke_endpoint"),
    ("GET", "/answers/{answer}", "later:look"),
    ("GET", "/v1/models", "v1.status:names"),
    ("POST", "/v1/models/{model}:predict", "v1.predict:predict"),
    ("POST", "/v1/models/{model}:classify", "v1.examples:classify"),
    ("POST", "/v1/models/{model}:regress", "v1.examples:regress"),
    ("POST", "/v1/models/{model}:explain", "v1.predict:explain"),
    ("GET", "/v1/models/{model}", "v1.status:status"),
    ("GET", "/v1/models/{model}/metadata", "v1.status:metadata"),
    ("POST", "/v1/models/{model}/versions/{ref}:predict", "v1.predict:predict"),
    ("POST", "/v1/models/{model}/versions/{ref}:classify", "v1.examples:classify"),
    ("POST", "/v1/models/{model}/versions/{ref}:regress", "v1.examples:regress"),
    ("GET", "/v1/models/{model}/versions/{ref}", "v1.status:version_status"),
    ("GET", "/v1/models/{model}/versions/{ref}/metadata", "v1.status:metadata"),
    ("POST", "/v1/models/{model}/labels/{ref}:predict", "v1.predict:predict"),
    ("POST", "/v1/models/{model}/labels/{ref}:classify", "v1.examples:classify"),
    ("POST", "/v1/models/{model}/labels/{ref}:regress", "v1.examples:regress"),
    ("GET", "/v1/models/{model}/labels/{ref}", "v1.status:version_status"),
    ("GET", "/v1/models/{model}/labels/{ref}/metadata", "v1.status:metadata"),
    ("POST", "/predictions/{model}", "torchserve:predict"),
    ("PUT", "/predictions/{model}", "torchserve:predict"),
    ("POST", "/predictions/{model}/{ref}", "torchserve:predict"),
    ("PUT", "/predictions/{model}/{ref}", "torchserve:predict"),
)

REFUSED: tuple[tuple[str, str, Action | str], ...] = (
    ("POST", "/v2/repository/models/{model}/unload", "v2.refusals:unload"),
    ("POST", "/v2/repository/{repository}/models/{model}/unload", "v2.refusals:unload"),
    ("GET", "/v2/trace/setting", "v2.refusals:trace"),
    ("POST", "/v2/trace/setting", "v2.refusals:trace"),
    ("GET", "/v2/models/{model}/trace/setting", "v2.refusals:trace"),
    ("POST", "/v2/models/{model}/trace/setting", "v2.refusals:trace"),
    ("GET", "/v2/logging", "v2.refusals:logging"),
    ("POST", "/v2/logging", "v2.refusals:logging"),
    ("GET", "/v2/{kind}sharedmemory/status", "v2.refusals:shared_memory"),
    ("POST", "/v2/{kind}sharedmemory/unregister", "v2.refusals:shared_memory"),
    ("GET", "/v2/{kind}sharedmemory/region/{region}/status", "v2.refusals:shared_memory"),
    ("POST", "/v2/{kind}sharedmemory/region/{region}/register", "v2.refusals:shared_memory"),
    ("POST", "/v2/{kind}sharedmemory/region/{region}/unregister", "v2.refusals:shared_memory"),
)
"""What clients of other servers ask for and is not served: each says so, and what there is instead."""

_SPLIT = tuple((method, tuple(path[1:].split("/")), action) for method, path, action in (*ROUTES, *REFUSED))


def dispatch(models: Models, request: HttpRequest) -> HttpResponse:
    """Find the route and answer by its action; bodies may be compressed both ways. Raises RouteNotFound,
    MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType, or what the action raises.
    """
    find(request.method, request.path)
    limit = models.settings.max_body_bytes
    if len(request.body) > limit:
        raise too_large(len(request.body), limit)
    headers = request.headers
    if "content-encoding" in headers:
        from modelet.protocols import compression

        request = compression.inflate(request, models.settings.max_inflated_bytes)
    if request.method in ("POST", "PUT") and ("idempotency-key" in headers or "prefer" in headers):
        from modelet.protocols.repeating import respond

        response = respond(models, request, partial(perform, models, request))
    else:
        response = perform(models, request)
    if "accept-encoding" in headers and len(response.body) >= WORTH_COMPRESSING:
        from modelet.protocols import compression

        response = compression.compress(response, headers["accept-encoding"])
    return response._replace(body=b"") if request.method == "HEAD" else response


def perform(models: Models, request: HttpRequest) -> HttpResponse:
    """Answer a request whose body is neither compressed nor too large by its route's action, each time anew; raises
    RouteNotFound, MethodNotAllowed, or what the action raises.
    """
    action, parameters = find(request.method, request.path)
    if "x-modelet-routing-key" in request.headers:
        models = models.sticky(request.headers["x-modelet-routing-key"])
    if "x-modelet-non-finite" in request.headers:
        models = models.telling(request.headers["x-modelet-non-finite"])
    return action(models, request, **parameters)


@lru_cache(maxsize=256)
def find(method: str, path: str) -> tuple[Action, Mapping[str, str]]:
    """The action and decoded path parameters for a method and a percent-encoded path; raises RouteNotFound or
    MethodNotAllowed.
    """
    segments = path.removeprefix("/").removesuffix("/").split("/")
    if "%" in path:
        from urllib.parse import unquote

        segments = [unquote(segment) for segment in segments]
    allowed: list[str] = []
    for route_method, template, action in _SPLIT:
        parameters = _match(template, segments)
        if parameters is None:
            continue
        if route_method == method or (route_method, method) == ("GET", "HEAD"):
            return _imported(action), parameters
        allowed += ["GET", "HEAD"] if route_method == "GET" else [route_method]
    if allowed:
        raise MethodNotAllowed(f"{path!r:.200} takes {' and '.join(allowed)}, not {method!r:.40}.", tuple(allowed))
    raise RouteNotFound(f"There is no route {path!r:.200}.")


def _imported(action: Action | str) -> Action:
    if not isinstance(action, str):
        return action
    module, _, name = action.partition(":")
    found: Action = getattr(import_module(f"modelet.protocols.{module}"), name)
    return found


def _match(template: tuple[str, ...], segments: list[str]) -> dict[str, str] | None:
    if len(template) != len(segments):
        return None
    parameters = {}
    for want, have in zip(template, segments, strict=True):
        if want.startswith("{"):
            name, _, verb = want[1:].partition("}")
            if not have.endswith(verb) or (not verb and ":" in have and template[0] == VERSION_1):
                return None
            parameters[name] = have.removesuffix(verb)
        elif want != have:
            return None
    return parameters
