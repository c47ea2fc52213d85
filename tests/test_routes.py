"""The table of routes: each path leads to one action; names come out decoded, whole and unjudged."""

import pytest

from modelet import routes
from modelet.errors import MethodNotAllowed, RouteNotFound
from modelet.protocols import simple, v2


@pytest.mark.parametrize(
    ("method", "path", "action", "parameters"),
    [
        ("POST", "/predict", simple.predict_default, {}),
        ("POST", "/models/m/predict", simple.predict, {"model": "m"}),
        ("POST", "/models/m/versions/7/predict", simple.predict, {"model": "m", "ref": "7"}),
        ("GET", "/v2", v2.server, {}),
        ("HEAD", "/v2", v2.server, {}),
        ("GET", "/v2/health/live", v2.live, {}),
        ("GET", "/v2/health/ready", v2.ready, {}),
        ("GET", "/v2/models/m", v2.metadata, {"model": "m"}),
        ("GET", "/v2/models/m/ready", v2.model_ready, {"model": "m"}),
        ("POST", "/v2/models/m/infer", v2.infer, {"model": "m"}),
        ("GET", "/v2/models/m/versions/live", v2.metadata, {"model": "m", "ref": "live"}),
        ("GET", "/v2/models/m/versions/live/ready", v2.model_ready, {"model": "m", "ref": "live"}),
        ("POST", "/v2/models/m/versions/live/infer", v2.infer, {"model": "m", "ref": "live"}),
        ("GET", "/v2/models/ready", v2.metadata, {"model": "ready"}),
        ("GET", "/v2/models/versions/versions/1", v2.metadata, {"model": "versions", "ref": "1"}),
        ("GET", "/v2/models/a%2Fb", v2.metadata, {"model": "a/b"}),
        ("GET", "/v2/models/a%252Fb", v2.metadata, {"model": "a%2Fb"}),
        ("GET", "/v2/models/%C3%A9+", v2.metadata, {"model": "é+"}),
        ("GET", "/v2/models/%FF", v2.metadata, {"model": "\ufffd"}),
        ("GET", "/v2/models/100%", v2.metadata, {"model": "100%"}),
        ("GET", "/v2/models//ready", v2.model_ready, {"model": ""}),
        ("GET", "/v2/models/m/", v2.metadata, {"model": "m"}),
        ("GET", "v2/health/live", v2.live, {}),
    ],
)
def test_a_path_leads_to_an_action(method: str, path: str, action: routes.Action, parameters: dict[str, str]) -> None:
    assert routes.find(method, path) == (action, parameters)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "/predict//",
        "//predict",
        "/v2//",
        "/v2/models",
        "/v2%2Fhealth%2Flive",
        "/models/a/b/predict",
        "/V2",
    ],
)
def test_every_other_path_is_no_route(path: str) -> None:
    with pytest.raises(RouteNotFound, match="There is no route"):
        routes.find("GET", path)


def test_another_method_lists_those_that_there_are() -> None:
    with pytest.raises(MethodNotAllowed, match="'/v2' takes GET and HEAD, not 'POST'") as refused:
        routes.find("POST", "/v2")

    assert refused.value.allowed == ("GET", "HEAD")


@pytest.mark.parametrize("method", ["get", "", "OPTIONS", "TRACE"])
def test_methods_are_taken_by_the_letter(method: str) -> None:
    with pytest.raises(MethodNotAllowed):
        routes.find(method, "/v2")


def test_no_two_routes_are_one() -> None:
    assert len({(method, path) for method, path, _ in routes.ROUTES}) == len(routes.ROUTES)
