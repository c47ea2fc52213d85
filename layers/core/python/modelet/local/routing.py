"""Which route of an HTTP API a request takes: the most specific one, as API Gateway chooses it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from modelet.local.template import DEFAULT_ROUTE, Function

REMEMBERED = 256
"""For so many paths that were asked last, the route is not looked for again."""

_LITERAL, _VARIABLE, _GREEDY, _DEFAULT = range(4)


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a request takes, and what its path variables stand for."""

    function: Function
    route_key: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    function: Function
    key: str

    @property
    def method(self) -> str:
        return "ANY" if self.key == DEFAULT_ROUTE else self.key.partition(" ")[0]

    @property
    def segments(self) -> list[str]:
        return self.key.partition(" ")[2].split("/")[1:]

    @property
    def rank(self) -> tuple[list[int], bool]:
        """Lower is more specific: segment by segment, then a method before ANY."""
        kinds = [_DEFAULT] if self.key == DEFAULT_ROUTE else [_kind(segment) for segment in self.segments]
        return kinds, self.method == "ANY"


class Router:
    """The routes of a stack."""

    def __init__(self, functions: Iterable[Function]) -> None:
        routes = (_Route(function, key) for function in functions for key in function.routes)
        self._routes = sorted(routes, key=lambda route: route.rank)
        self.match = lru_cache(maxsize=REMEMBERED)(self._match)

    def _match(self, method: str, path: str) -> Match | None:
        """The route for a method and a decoded path, or None, which is API Gateway's 404."""
        for route in self._routes:
            if route.method not in ("ANY", method):
                continue
            parameters = {} if route.key == DEFAULT_ROUTE else _parameters(route.segments, path.split("/")[1:])
            if parameters is not None:
                return Match(route.function, route.key, parameters)
        return None


def _kind(segment: str) -> int:
    if segment.startswith("{"):
        return _GREEDY if segment.endswith("+}") else _VARIABLE
    return _LITERAL


def _parameters(template: list[str], segments: list[str]) -> dict[str, str] | None:
    parameters: dict[str, str] = {}
    for position, want in enumerate(template):
        if position == len(segments):
            return None
        if _kind(want) == _GREEDY:
            return parameters | {want[1:-2]: "/".join(segments[position:])}
        have = segments[position]
        if _kind(want) == _VARIABLE and have:
            parameters[want[1:-1]] = have
        elif want != have:
            return None
    return parameters if len(template) == len(segments) else None
