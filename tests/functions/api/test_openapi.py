"""The OpenAPI document: valid, complete for both planes, and shown by a page that needs no other server."""

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from functions.api.application import ROUTERS
from functions.api.dataplane import OPERATIONS
from modelet.routes import ROUTES
from tests.functions.api.calling import Api

METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}


@pytest.fixture
def document(memory_api: Api) -> Any:
    return memory_api.get("/openapi.json")


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method.upper(), path): operation
        for path, held in document["paths"].items()
        for method, operation in held.items()
        if method in METHODS
    }


def test_the_document_is_valid(document: Any) -> None:
    validate(document)


def test_the_data_plane_s_table_is_the_data_plane_s_routes() -> None:
    assert [(operation.method, operation.path) for operation in OPERATIONS] == [route[:2] for route in ROUTES]


def test_every_route_of_both_planes_is_described(document: Any) -> None:
    control = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        for method in route.methods
        if route.path != "/docs"
    }

    assert set(operations(document)) == control | {route[:2] for route in ROUTES}


def test_every_operation_says_how_it_fails_and_has_a_name_of_its_own(document: Any) -> None:
    described = operations(document)

    for (_, path), operation in described.items():
        name = "TorchServeError" if path.startswith("/predictions/") else "Error"
        name = "InvocationError" if path.endswith("/invocations") else name
        error = {"$ref": f"#/components/schemas/{name}"}
        assert operation["summary"]
        for status in ("4XX", "5XX"):
            assert operation["responses"][status]["content"]["application/json"]["schema"] == error
        assert "422" not in operation["responses"]
    assert len({operation["operationId"] for operation in described.values()}) == len(described)


def test_every_part_of_a_path_is_a_parameter(document: Any) -> None:
    for (_, path), operation in operations(document).items():
        named = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), path


@pytest.mark.parametrize("path", ["/api/uploads/{id}", "/api/models/{model}/versions"])
def test_a_file_is_described_as_bytes(document: Any, path: str) -> None:
    (operation,) = document["paths"][path].values()

    assert list(operation["requestBody"]["content"]) == ["application/octet-stream"]
    assert operation["requestBody"]["required"] is True


@pytest.mark.parametrize(
    ("method", "path", "takes", "gives"),
    [
        ("post", "/predict", ["application/json"], ["application/json"]),
        ("post", "/v2/models/{model}/infer", *[["application/json", "application/octet-stream"]] * 2),
        (
            "post",
            "/invocations",
            *[["application/json", "text/csv", "application/jsonlines", "application/x-npy"]] * 2,
        ),
        ("get", "/version", [], ["text/plain"]),
    ],
)
def test_content_types_are_told(document: Any, method: str, path: str, takes: list[str], gives: list[str]) -> None:
    operation = document["paths"][path][method]

    assert list(operation.get("requestBody", {"content": {}})["content"]) == takes
    assert list(operation["responses"]["200"]["content"]) == gives


def test_a_prediction_tells_which_headers_it_heeds(document: Any) -> None:
    everywhere = {"x-modelet-routing-key", "x-modelet-non-finite", "Content-Encoding"}
    posted = everywhere | {"Idempotency-Key", "Prefer"}

    for method, path, headers in (
        ("put", "/predictions/{model}", everywhere),
        ("post", "/predict", posted),
        ("post", "/v2/models/{model}/infer", posted | {"Inference-Header-Content-Length"}),
        ("post", "/v2/repository/index", set()),
        ("get", "/v2/models/{model}", set()),
    ):
        parameters = document["paths"][path][method]["parameters"]
        assert {item["name"] for item in parameters if item["in"] == "header"} == headers, path


def test_an_answer_that_lies_elsewhere_or_comes_later_says_where(document: Any) -> None:
    for path, operation in ((path, held["post"]) for path, held in document["paths"].items() if "post" in held):
        responses = operation["responses"]
        if path.startswith("/api/") or "requestBody" not in operation or "repository" in path:
            continue
        assert {"Location", "Retry-After", "Preference-Applied"} <= set(responses["202"]["headers"]), path
        if not path.endswith(":explain"):
            assert "Location" in responses["303"]["headers"], path
            assert {"x-modelet-version", "Server-Timing"} <= set(responses["200"]["headers"]), path
    assert "200" not in document["paths"]["/v1/models/{model}:explain"]["post"]["responses"]


def test_the_page_needs_nothing_from_elsewhere(memory_api: Api) -> None:
    answered = memory_api.ask("GET", "/docs")

    assert (answered.status, answered.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in answered.headers["content-security-policy"]
    assert re.findall(r"""(?:https?:)?//[a-z]|src=|@import|url\(""", answered.body) == []
    assert 'fetch("openapi.json")' in answered.body
