"""The event for a request, held against AWS's own sample and what the live service was seen to send."""

import re
from datetime import datetime
from typing import Any

import pytest

from modelet.local.request import Request
from tests.local.samples import Event, event_for, request_of, sam_sample

# In the sample, but in an event only where the API was set up for them: client certificates, a JWT authorizer and
# variables of the stage.
SET_UP = {"authentication", "authorizer", "stageVariables"}
# Made by the gateway itself: no request determines them.
MADE_UP = {"apiId", "requestId", "time", "timeEpoch"}


@pytest.fixture(scope="module")
def sample() -> Event:
    return sam_sample("apigateway", "http-api-proxy")


def types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: types(held) for key, held in value.items()}
    return [types(held) for held in value[:1]] if isinstance(value, list) else type(value)


def without(event: Event, names: set[str]) -> Event:
    kept = {key: held for key, held in event.items() if key not in names}
    return {key: without(held, names) if isinstance(held, dict) else held for key, held in kept.items()}


def test_the_event_has_the_keys_and_types_of_the_sample_of_aws(sample: Event) -> None:
    expected = without(sample, {*SET_UP, "headers", "pathParameters"})

    event = event_for(request_of(sample))

    assert types(without(event, {"headers"})) == types(expected)


def test_the_event_has_the_values_of_the_sample_of_aws_wherever_the_request_determines_them(sample: Event) -> None:
    expected = without(sample, {*SET_UP, *MADE_UP, "headers", "pathParameters"})

    event = event_for(request_of(sample))

    assert without(event, {*MADE_UP, "headers"}) == expected
    assert {name.lower(): value for name, value in sample["headers"].items()}.items() <= event["headers"].items()


def test_the_time_is_written_as_in_the_sample_of_aws(sample: Event) -> None:
    context = event_for(request_of(sample))["requestContext"]

    written = datetime.strptime(context["time"], "%d/%b/%Y:%H:%M:%S %z")

    assert context["timeEpoch"] == sample["requestContext"]["timeEpoch"]
    assert int(written.timestamp()) == context["timeEpoch"] // 1000
    datetime.strptime(sample["requestContext"]["time"], "%d/%b/%Y:%H:%M:%S %z")


def test_path_variables_come_as_in_the_sample_of_aws(sample: Event) -> None:
    event = event_for(Request("GET", "/path/value1/resource"), "GET /path/{parameter1}/resource")

    assert event["pathParameters"] == sample["pathParameters"]
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "GET /path/{parameter1}/resource"


def test_what_a_request_lacks_is_no_key_of_its_event() -> None:
    event = event_for(Request("GET", "/"))

    assert {"cookies", "queryStringParameters", "pathParameters", "body", "stageVariables"} & set(event) == set()
    assert (event["rawQueryString"], event["isBase64Encoded"]) == ("", False)


def test_every_request_has_an_id_of_its_own() -> None:
    ids = [event_for(Request("GET", "/"))["requestContext"]["requestId"] for _ in range(2)]

    assert ids[0] != ids[1]
    assert all(re.fullmatch(r"[0-9a-f-]{36}", request_id) for request_id in ids)


def test_names_of_headers_are_in_lower_case_and_duplicates_are_joined() -> None:
    event = event_for(Request("GET", "/", headers=(("X-Probe", "first"), ("Accept", "*/*"), ("x-PROBE", "second"))))

    assert event["headers"]["x-probe"] == "first,second"
    assert event["headers"]["accept"] == "*/*"
    assert "X-Probe" not in event["headers"]


def test_the_gateway_says_who_forwarded_the_request() -> None:
    request = Request(
        "GET",
        "/",
        headers=(("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "ftp")),
        client="127.0.0.9",
        port=8080,
    )

    headers = event_for(request)["headers"]

    assert headers["x-forwarded-for"] == "192.0.2.1, 127.0.0.9"
    assert (headers["x-forwarded-proto"], headers["x-forwarded-port"]) == ("http", "8080")


def test_the_host_is_the_domain_without_its_port() -> None:
    context = event_for(Request("GET", "/", headers=(("host", "models.example.com:8080"),)))["requestContext"]

    assert (context["domainName"], context["domainPrefix"]) == ("models.example.com", "models")


def test_cookies_leave_the_headers() -> None:
    headers = (("Cookie", "session=abc123; theme=dark,light"), ("cookie", "last=1"))

    event = event_for(Request("GET", "/", headers=headers))

    assert event["cookies"] == ["session=abc123", "theme=dark,light", "last=1"]
    assert "cookie" not in event["headers"]


def test_the_query_is_there_raw_and_decoded() -> None:
    query = "repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa&literalPlus=a+b&encodedPlus=a%2Bb&empty=&bare"

    event = event_for(Request("GET", "/", query))

    assert event["rawQueryString"] == query
    assert event["queryStringParameters"] == {
        "repeat": "one,two",
        "redirect": "https://example.com/a",
        "literalPlus": "a b",
        "encodedPlus": "a+b",
        "empty": "",
        "bare": "",
    }


TEXTS = ["text/plain", "text/csv; charset=utf-8", "application/json", "Application/JSON;charset=UTF-8"]


@pytest.mark.parametrize("content_type", [*TEXTS, "application/xml", "application/javascript"])
def test_a_body_of_text_comes_as_text(content_type: str) -> None:
    event = event_for(Request("POST", "/", headers=(("Content-Type", content_type),), body="{ö}".encode()))

    assert (event["body"], event["isBase64Encoded"]) == ("{ö}", False)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("content-type", ""),),
        (("content-type", "application/x-www-form-urlencoded"),),
        (("content-type", "application/octet-stream"),),
        (("content-type", "application/problem+json"),),
        (("content-type", "application/jsonl"),),
    ],
)
def test_any_other_body_comes_as_base64(headers: tuple[tuple[str, str], ...]) -> None:
    event = event_for(Request("POST", "/", headers=headers, body=b"{}\xff"))

    assert (event["body"], event["isBase64Encoded"]) == ("e33/", True)


def test_text_that_is_not_utf_8_loses_nothing() -> None:
    event = event_for(Request("POST", "/", headers=(("content-type", "text/plain"),), body=b"\xff"))

    assert (event["body"], event["isBase64Encoded"]) == ("/w==", True)


def test_a_body_in_chunks_comes_whole_with_its_length() -> None:
    event = event_for(Request("POST", "/", headers=(("Transfer-Encoding", "chunked"),), body=b"12345"))

    assert event["headers"]["content-length"] == "5"
    assert "transfer-encoding" not in event["headers"]
