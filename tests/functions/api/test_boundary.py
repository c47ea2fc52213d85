"""Whatever event comes, the answer has the shape that API Gateway takes: nothing is raised, nothing internal told."""

import base64
import copy
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.api.application import make_app
from functions.api.boundary import answer
from functions.api.deployment import Deployment
from modelet.config import Settings
from modelet.errors import StoreUnavailable
from modelet.store import open_store
from tests.functions.api.calling import REST_API, Api, Context, event
from tests.onnx_models import scale
from tests.published import publish_model
from tests.watched_store import WatchedStore

Event = dict[str, Any]


def with_header(name: str, value: Any) -> Event:
    made = event("GET", "/api/models")
    made["headers"][name] = value
    return made


# What makes the adapter itself raise, and nothing that a route needs.
HARMLESS: dict[str, Event] = {
    "host with two colons": with_header("host", "a:b:c"),
    "host of IPv6": with_header("host", "[::1]:80"),
    "port that is no number": with_header("x-forwarded-port", "abc"),
    "null header": with_header("x-nothing", None),
    "number as a header": with_header("x-number", 7),
    "lone surrogate in a header": with_header("x-odd", "\ud800"),
    "lone surrogate in a header's name": with_header("x-\ud800", "odd"),
    "null headers": {**event("GET", "/api/models"), "headers": None},
    "no headers": {name: held for name, held in event("GET", "/api/models").items() if name != "headers"},
    "null query": {**event("GET", "/api/models"), "rawQueryString": None},
    "lone surrogate in the query": {**event("GET", "/api/models"), "rawQueryString": "x=\ud800"},
    "no context but the path": {"rawPath": "/api/models"},
    "context without http": {**event("GET", "/api/models"), "requestContext": {}},
    "context that is no object": {**event("GET", "/api/models"), "requestContext": []},
    "no version": {name: held for name, held in event("GET", "/api/models").items() if name != "version"},
    "REST": {**REST_API, "httpMethod": "GET", "path": "/api/models", "body": None},
    "REST with no context": {"httpMethod": "GET", "path": "/api/models"},
}


@pytest.mark.parametrize("sent", HARMLESS.values(), ids=HARMLESS)
def test_an_odd_event_is_answered_like_any_other(memory_api: Api, sent: Event) -> None:
    answered = memory_api.send(sent)

    assert (answered.status, answered.body) == (200, {"models": []})


UNREADABLE: dict[str, Any] = {
    "nothing": None,
    "text": "text",
    "list": [],
    "no request": {},
    "direct invoke": {"model": "digits", "inputs": {}},
    "invalid base64": {**event("POST", "/api/uploads"), "body": "!!!", "isBase64Encoded": True},
    "base64 with a surrogate": {**event("POST", "/api/uploads"), "body": "\ud800", "isBase64Encoded": True},
    "lone surrogate in the body": {**event("POST", "/api/uploads"), "body": '{"model": "\ud800"}'},
    "body that is no text": {**event("POST", "/api/uploads"), "body": {"model": "digits"}},
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_event_is_a_400(memory_api: Api, sent: Any) -> None:
    answered = memory_api.send(sent)

    assert (answered.status, answered.body["code"]) == (400, "invalid_request")


def test_an_event_is_left_as_it_was(memory_api: Api) -> None:
    sent = with_header("host", "a:b:c")
    before = copy.deepcopy(sent)

    memory_api.send(sent)

    assert sent == before


def test_a_rest_api_s_query_and_base64_body_are_read(memory_api: Api) -> None:
    publish_model(memory_api.store, "digits", scale(1.0))
    publish_model(memory_api.store, "digits", scale(2.0))
    deleted = memory_api.send(
        {
            **REST_API,
            "httpMethod": "DELETE",
            "path": "/api/models/digits/versions/2",
            "queryStringParameters": {"reason": "it leaked & more"},
            "multiValueQueryStringParameters": None,
            "body": None,
        }
    )
    deprecated = memory_api.send(
        {
            **REST_API,
            "httpMethod": "POST",
            "path": "/api/models/digits/versions/1/deprecate",
            "body": base64.b64encode(b'{"reason": "old"}').decode(),
            "isBase64Encoded": True,
        }
    )

    assert deleted.body["deleted"] == "it leaked & more"
    assert deprecated.body["deprecated"] == "old"


@pytest.mark.parametrize(("stage", "path"), [("prod", "/prod/api/models"), ("prod", "/prod/api/models/")])
def test_the_stage_is_no_part_of_the_route(memory_api: Api, stage: str, path: str) -> None:
    sent = event("GET", path)
    sent["requestContext"]["stage"] = stage

    assert memory_api.send(sent).status == 200


def test_an_unforeseen_failure_is_a_500_with_the_request_id_and_no_internals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(verb: str, key: str) -> None:
        raise ZeroDivisionError("secret")

    answered = _answer_with(broken, log=True)

    body = json.loads(answered["body"])
    assert (answered["statusCode"], body["code"], body["request_id"]) == (500, "internal", Context.aws_request_id)
    assert "secret" not in answered["body"]
    captured = capsys.readouterr()
    line = json.loads(captured.out)
    assert (line["function"], line["status"], line["errors"]) == ("api", 500, 1)
    assert line["failure"].startswith("ZeroDivisionError in broken:")
    assert "secret" not in captured.out + captured.err


def test_a_store_that_is_down_is_a_503_that_says_when_to_come_back() -> None:
    def down(verb: str, key: str) -> None:
        raise StoreUnavailable("The store is down.")

    answered = _answer_with(down)

    assert answered["statusCode"] == 503
    assert json.loads(answered["body"]) == {"error": "The store is down.", "code": "store_unavailable"}
    assert answered["headers"]["retry-after"] == "1"


def test_threads_without_an_event_loop_ask_at_the_same_time(memory_api: Api) -> None:
    publish_model(memory_api.store, "digits", scale(1.0))

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: memory_api.ask("GET", "/api/models/digits").status, range(64)))

    assert answers == [200] * 64


def _answer_with(watch: Callable[[str, str], None], log: bool = False) -> dict[str, Any]:
    store = WatchedStore(open_store("memory://watched"), watch)
    here = Deployment(store, Settings(store=store.url, log=log), {})
    return answer(make_app(here), here, event("GET", "/api/models/digits"), Context())
