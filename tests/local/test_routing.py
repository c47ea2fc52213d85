"""Routes are chosen as API Gateway chooses them.

The first table is AWS's: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import pytest

from modelet.local.routing import Router
from modelet.local.template import Function

OF_AWS = ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")


def choose(method: str, path: str, *routes: str) -> tuple[str, dict[str, str]] | None:
    match = Router([Function("F", "f", routes)]).match(method, path)
    return None if match is None else (match.route_key, dict(match.parameters))


@pytest.mark.parametrize(
    ("method", "path", "route", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
    ],
)
@pytest.mark.parametrize("routes", [OF_AWS, OF_AWS[::-1]], ids=["in order", "in reverse"])
def test_the_most_specific_route_is_taken(
    method: str, path: str, route: str, parameters: dict[str, str], routes: tuple[str, ...]
) -> None:
    assert choose(method, path, *routes) == (route, parameters)


def test_what_no_route_takes_goes_to_the_default_route() -> None:
    assert choose("POST", "/test/5", "GET /test/5", "$default") == ("$default", {})


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/a"), ("GET", "/b"), ("GET", "/a/b"), ("GET", "/A"), ("GET", "/")]
)
def test_without_a_default_route_there_is_none(method: str, path: str) -> None:
    assert choose(method, path, "GET /a") is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "BREW"])
def test_any_takes_every_method(method: str) -> None:
    assert choose(method, "/a", "ANY /a") == ("ANY /a", {})


def test_any_takes_the_methods_that_no_route_of_the_path_names() -> None:
    routes = ("ANY /a", "GET /a")

    assert choose("GET", "/a", *routes) == ("GET /a", {})
    assert choose("PUT", "/a", *routes) == ("ANY /a", {})


def test_a_method_that_the_path_lacks_goes_to_a_less_specific_route() -> None:
    assert choose("POST", "/a", "GET /a", "ANY /{proxy+}") == ("ANY /{proxy+}", {"proxy": "a"})


def test_a_variable_takes_one_segment() -> None:
    routes = ("GET /pets/{id}/food",)

    assert choose("GET", "/pets/rex/food", *routes) == (routes[0], {"id": "rex"})
    assert choose("GET", "/pets//food", *routes) is None
    assert choose("GET", "/pets/rex/large/food", *routes) is None


@pytest.mark.parametrize("rest", ["a", "a/b", "a//b", "../b", "a b/λ", ""])
def test_a_greedy_variable_takes_the_rest_as_it_is(rest: str) -> None:
    assert choose("GET", f"/models/{rest}", "ANY /models/{proxy+}") == ("ANY /models/{proxy+}", {"proxy": rest})


def test_a_greedy_variable_needs_the_slash_before_it() -> None:
    assert choose("GET", "/models", "ANY /models/{proxy+}") is None


def test_each_function_gets_its_own_routes() -> None:
    router = Router([Function("Infer", "infer", ("ANY /v2",)), Function("Api", "api", ("ANY /api",))])

    matches = [router.match("GET", path) for path in ("/v2", "/api")]

    assert [match and match.function.name for match in matches] == ["Infer", "Api"]


def test_a_path_that_was_asked_before_is_not_looked_for_again() -> None:
    router = Router([Function("F", "f", ("ANY /models/{proxy+}",))])

    first, second = (router.match("GET", "/models/a") for _ in range(2))

    assert first is second
    assert router.match.cache_info().hits == 1
