"""The table of routes: each path leads to one action; names come out decoded, whole and unjudged."""

import pytest

from modelet import routes
from modelet.errors import MethodNotAllowed, RouteNotFound
from modelet.protocols import ping, simple, torchserve
from modelet.protocols.invocations import actions
from modelet.protocols.v1 import examples, status
from modelet.protocols.v1 import predict as v1_predict
from modelet.protocols.v2 import metadata, refusals, repository, statistics
from modelet.protocols.v2.infer import infer


@pytest.mark.parametrize(
    ("method", "path", "action", "parameters"),
    [
        ("POST", "/predict", simple.predict_default, {}),
        ("POST", "/models/m/predict", simple.predict, {"model": "m"}),
        ("POST", "/models/m/versions/7/predict", simple.predict, {"model": "m", "ref": "7"}),
        ("GET", "/", ping.root, {}),
        ("GET", "", ping.root, {}),
        ("GET", "//", ping.root, {}),
        ("GET", "/v2", metadata.server, {}),
        ("HEAD", "/v2", metadata.server, {}),
        ("GET", "/v2/health/live", metadata.live, {}),
        ("GET", "/v2/health/ready", metadata.ready, {}),
        ("GET", "/v2/models", repository.names, {}),
        ("GET", "/v2/models/stats", statistics.all_statistics, {}),
        ("GET", "/v2/models/stats/stats", statistics.model_statistics, {"model": "stats"}),
        ("GET", "/v2/models/stats/ready", metadata.model_ready, {"model": "stats"}),
        ("GET", "/v2/models/m/versions/1/stats", statistics.version_statistics, {"model": "m", "ref": "1"}),
        ("POST", "/v2/repository/index", repository.index, {}),
        ("POST", "/v2/repository/models/index", repository.index, {"repository": "models"}),
        ("POST", "/v2/repository/models/m/load", repository.load, {"model": "m"}),
        ("POST", "/v2/repository/r/models/m/load", repository.load, {"repository": "r", "model": "m"}),
        ("GET", "/v2/cudasharedmemory/status", refusals.shared_memory, {"kind": "cuda"}),
        ("POST", "/v1/models/m:predict", v1_predict.predict, {"model": "m"}),
        ("POST", "/v1/models/a:b:predict", v1_predict.predict, {"model": "a:b"}),
        ("POST", "/v1/models/m%3Aexplain", v1_predict.explain, {"model": "m"}),
        ("POST", "/v1/models/m/versions/1:classify", examples.classify, {"model": "m", "ref": "1"}),
        ("POST", "/v1/models/m/labels/live:regress", examples.regress, {"model": "m", "ref": "live"}),
        ("GET", "/v1/models/m", status.status, {"model": "m"}),
        ("GET", "/v1/models/m/labels/live", status.version_status, {"model": "m", "ref": "live"}),
        ("GET", "/v1/models/metadata/metadata", status.metadata, {"model": "metadata"}),
        ("PUT", "/predictions/m/2.0", torchserve.predict, {"model": "m", "ref": "2.0"}),
        ("GET", "/v2/models/m", metadata.metadata, {"model": "m"}),
        ("GET", "/v2/models/m/ready", metadata.model_ready, {"model": "m"}),
        ("POST", "/v2/models/m/infer", infer, {"model": "m"}),
        ("GET", "/v2/models/m/versions/live", metadata.metadata, {"model": "m", "ref": "live"}),
        ("GET", "/v2/models/m/versions/live/ready", metadata.model_ready, {"model": "m", "ref": "live"}),
        ("POST", "/v2/models/m/versions/live/infer", infer, {"model": "m", "ref": "live"}),
        ("GET", "/v2/models/ready", metadata.metadata, {"model": "ready"}),
        ("GET", "/v2/models/versions/versions/1", metadata.metadata, {"model": "versions", "ref": "1"}),
        ("GET", "/v2/models/a%2Fb", metadata.metadata, {"model": "a/b"}),
        ("GET", "/v2/models/a%252Fb", metadata.metadata, {"model": "a%2Fb"}),
        ("GET", "/v2/models/%C3%A9+", metadata.metadata, {"model": "é+"}),
        ("GET", "/v2/models/%FF", metadata.metadata, {"model": "\ufffd"}),
        ("GET", "/v2/models/100%", metadata.metadata, {"model": "100%"}),
        ("GET", "/v2/models//ready", metadata.model_ready, {"model": ""}),
        ("GET", "/v2/models/m/", metadata.metadata, {"model": "m"}),
        ("GET", "v2/health/live", metadata.live, {}),
        ("GET", "/ping", ping.ping, {}),
        ("GET", "/health", ping.ping, {}),
        ("GET", "/version", ping.version, {}),
        ("POST", "/invocations", actions.invoke, {}),
        ("POST", "/endpoints/m/invocations", actions.invoke_endpoint, {"model": "m"}),
        ("POST", "/endpoints/m/versions/2/invocations", actions.invoke_endpoint, {"model": "m", "ref": "2"}),
    ],
)
def test_a_path_leads_to_an_action(method: str, path: str, action: routes.Action, parameters: dict[str, str]) -> None:
    assert routes.find(method, path) == (action, parameters)


@pytest.mark.parametrize(
    "path",
    [
        "///",
        "/predict//",
        "//predict",
        "/v2//",
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
    known = (*routes.ROUTES, *routes.REFUSED)

    assert len({(method, path) for method, path, _ in known}) == len(known)


def test_what_is_refused_is_imported_from_where_the_table_says() -> None:
    for method, path, _ in routes.REFUSED:
        action, _ = routes.find(method, path)

        assert action.__module__ == refusals.__name__
