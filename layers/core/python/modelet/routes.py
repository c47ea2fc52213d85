"""Path → protocol and action: one small table. What few requests ask for is imported when the first one does.

A path is split first and percent-decoded after, so that an encoded slash never makes another route. One slash at the
end is ignored; an empty segment is a segment.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module

from modelet.errors import MethodNotAllowed, PayloadTooLarge, RouteNotFound
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols import simple, v2

Action = Callable[..., HttpResponse]
"""Takes the models, the request and the path's parameters by name."""

ROUTES: tuple[tuple[str, str, Action | str], ...] = (
    ("POST", "/predict", simple.predict_default),
    ("POST", "/models/{model}/predict", simple.predict),
    ("POST", "/models/{model}/versions/{ref}/predict", simple.predict),
    ("GET", "/v2", v2.server),
    ("GET", "/v2/health/live", v2.live),
    ("GET", "/v2/health/ready", v2.ready),
    ("GET", "/v2/models/{model}", v2.metadata),
    ("GET", "/v2/models/{model}/ready", v2.model_ready),
    ("POST", "/v2/models/{model}/infer", v2.infer),
    ("GET", "/v2/models/{model}/versions/{ref}", v2.metadata),
    ("GET", "/v2/models/{model}/versions/{ref}/ready", v2.model_ready),
    ("POST", "/v2/models/{model}/versions/{ref}/infer", v2.infer),
)

_SPLIT = tuple((method, tuple(path[1:].split("/")), action) for method, path, action in ROUTES)


def dispatch(models: Models, request: HttpRequest) -> HttpResponse:
    """Find the route and answer by its action; raises RouteNotFound, MethodNotAllowed, PayloadTooLarge, or what the
    action raises.
    """
    action, parameters = find(request.method, request.path)
    limit = models.settings.max_body_bytes
    if len(request.body) > limit:
        raise PayloadTooLarge(f"The body has {len(request.body)} bytes; the limit is {limit}.")
    response = action(models, request, **parameters)
    return response._replace(body=b"") if request.method == "HEAD" else response


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
            if not have.endswith(verb):
                return None
            parameters[name] = have.removesuffix(verb)
        elif want != have:
            return None
    return parameters
