"""AWS events to requests: what each kind of event says of method, path, headers and body."""

import base64
from typing import Any

import pytest

from modelet.errors import InvalidRequest
from modelet.events import reading
from tests.entrances import BALANCED, HTTP, event, load


def request_of(asked: dict[str, Any]) -> Any:
    return reading.read_http(asked)


@pytest.mark.parametrize("name", [*HTTP, *BALANCED])
def test_every_event_says_the_same_request(name: str) -> None:
    request = request_of(load(name))

    assert (request.method, request.path) == ("POST", "/models/digits/predict")
    assert request.body.startswith(b'{"image": [0, 0, 5')
    assert request.headers["user-agent"] == "curl/8.7.1"
    assert request.headers["x-forwarded-for"] == "203.0.113.7"


@pytest.mark.parametrize("name", [*HTTP, *BALANCED])
def test_the_path_stays_as_it_came(name: str) -> None:
    assert request_of(event(name, "/models/a%2Fb/predict/")).path == "/models/a%2Fb/predict/"


@pytest.mark.parametrize("name", HTTP)
def test_headers_have_lower_case_names_and_null_is_none(name: str) -> None:
    asked = load(name)
    asked = asked | {"headers": {"X-A": "1", "x-b": None, "X-C": 7}, "multiValueHeaders": None}

    assert request_of(asked).headers == {"x-a": "1", "x-c": "7"}


@pytest.mark.parametrize("name", HTTP)
@pytest.mark.parametrize("nothing", [None, [], "", 7])
def test_a_field_of_the_wrong_type_counts_as_absent(name: str, nothing: Any) -> None:
    asked = load(name) | {"headers": nothing, "queryStringParameters": nothing, "body": None}
    asked["multiValueHeaders"] = asked["multiValueQueryStringParameters"] = nothing
    for key in ("rawPath", "path", "httpMethod"):
        asked = asked | ({key: nothing} if key in asked else {})
    if "rawPath" in asked:
        asked["requestContext"] = nothing

    request = request_of(asked)

    assert (request.method, request.path, request.headers, request.query, request.body) == ("GET", "/", {}, {}, b"")


@pytest.mark.parametrize(("flag", "body"), [(True, b"e"), (False, b"ZQ=="), (None, b"ZQ=="), ("true", b"ZQ==")])
def test_only_true_means_base64(flag: Any, body: bytes) -> None:
    encoded = base64.b64encode(b"e").decode()

    assert request_of(load("http-api-predict") | {"body": encoded, "isBase64Encoded": flag}).body == body


@pytest.mark.parametrize("body", [7, {}, ["{}"], True])
def test_a_body_that_is_no_text_is_refused(body: Any) -> None:
    with pytest.raises(InvalidRequest, match="body must be text"):
        request_of(load("rest-predict") | {"body": body})


@pytest.mark.parametrize(
    ("stage", "raw", "path"),
    [
        ("live", "/live/v2", "/v2"),
        ("live", "/live", "/"),
        ("live", "/live/", "/"),
        ("live", "/lively/v2", "/lively/v2"),
        ("live", "/v2/live", "/v2/live"),
        ("v2", "/v2/v2", "/v2"),
        ("$default", "/$default/v2", "/$default/v2"),
    ],
)
def test_only_the_stage_is_taken_off(stage: str, raw: str, path: str) -> None:
    asked = load("http-api-predict")
    asked["requestContext"]["stage"], asked["rawPath"] = stage, raw

    assert request_of(asked).path == path


def test_the_path_of_a_rest_event_has_no_stage_to_take_off() -> None:
    asked = load("rest-predict")
    asked["requestContext"]["stage"] = "models"

    assert request_of(asked).path == "/models/digits/predict"


@pytest.mark.parametrize(
    ("resource", "parameters", "path", "read"),
    [
        ("/{proxy+}", {"proxy": "models/digits/predict"}, "/base/models/digits/predict", "/models/digits/predict"),
        ("/{proxy+}", {"proxy": "models/digits/predict"}, "/models/digits/predict", "/models/digits/predict"),
        ("/{proxy+}", {"proxy": "v2/models/a/infer"}, "/v2/v2/models/a/infer", "/v2/models/a/infer"),
        ("/{proxy+}", {"proxy": "v2/models/a/infer"}, "/base/v2/models/a/infer/", "/v2/models/a/infer/"),
        ("/models/{model}/predict", {"model": "a"}, "/base/models/a/predict", "/models/a/predict"),
        ("/v2", None, "/base/v2", "/v2"),
        ("/{proxy+}", {"proxy": "models/a/b"}, "/base/models/a%2Fb", "/base/models/a%2Fb"),
        ("/{proxy+}", {"proxy": None}, "/models/a", "/models/a"),
        ("/", None, "/", "/"),
        (None, 7, "/models/a", "/models/a"),
    ],
)
def test_what_a_custom_domain_puts_before_the_path_of_a_rest_event_is_taken_off(
    resource: Any, parameters: Any, path: str, read: str
) -> None:
    asked = load("rest-predict") | {"resource": resource, "pathParameters": parameters, "path": path}

    assert request_of(asked).path == read


@pytest.mark.parametrize("name", ["rest-predict", "alb-multi-value-predict"])
def test_a_header_that_comes_twice_is_one_list_and_of_a_parameter_the_last_counts(name: str) -> None:
    asked = load(name)
    asked["multiValueHeaders"] = {"X-A": ["1", "2"], "x-b": ["3"], "Cookie": ["a=1", "b=2"], "x-c": [], "x-d": [None]}
    asked["multiValueQueryStringParameters"] = {"a": ["1", "2"], "b": [""]}
    if "headers" in asked:
        asked["headers"] = {"X-A": "2", "x-b": "3", "Cookie": "b=2"}
        asked["queryStringParameters"] = {"a": "2", "b": ""}

    request = request_of(asked)

    assert request.headers == {"x-a": "1, 2", "x-b": "3", "cookie": "a=1; b=2"}
    assert request.query == {"a": "2", "b": ""}


@pytest.mark.parametrize("name", BALANCED)
def test_a_load_balancer_leaves_the_query_encoded(name: str) -> None:
    field = "multiValueQueryStringParameters" if "multi" in name else "queryStringParameters"
    asked = load(name) | {field: {"a%20b": ["1%2B1+2"] if "multi" in name else "1%2B1+2"}}

    assert request_of(asked).query == {"a b": "1+1 2"}
