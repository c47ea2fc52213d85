"""A client's mistake is a 4xx that names what is wrong, and nothing is read or written for it."""

import json
import uuid

import pytest

from functions.api.application import make_app
from functions.api.boundary import answer
from functions.api.deployment import Deployment
from modelet.config import Settings
from modelet.registry.reading import current_aliases
from modelet.store import open_store
from tests.functions.api.calling import Answer, Api, Context, event
from tests.onnx_models import scale
from tests.published import publish_model
from tests.watched_store import WatchedStore

ALIAS = "/api/models/digits/aliases/live"
BAD_NAMES = ["..%2F..", "a%2Fb", "a%252Fb", "a%00b", "x" * 65, "Digits", "-a", "a%20b", "%C3%A9", "a%0A", "%ED%B2%80"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "The body is empty"),
        ("", "The body is empty"),
        (b"  ", "The body is empty"),
        ("{", "not valid JSON"),
        (b'{"version": 1\xff}', "not valid JSON"),
        ("[1]", "must be a JSON object"),
        ("7", "must be a JSON object"),
        ('{"version": NaN}', "the token NaN"),
        ('{"split": {"1": Infinity}}', "the token Infinity"),
        ("[" * 100_000, "nested more than 100 deep"),
        ('{"version":' + "[" * 200 + "]" * 200 + "}", "nested more than 100 deep"),
        ('{"version": 1, "version": 2}', "'version' is given twice"),
        ("{}", "give either a version"),
        ('{"version": 1, "split": {"1": 1}}', "give either a version"),
        ('{"version": null}', "give either a version"),
        ('{"version": "1"}', "'version' in the body"),
        ('{"version": 1.5}', "'version' in the body"),
        ('{"version": true}', "'version' in the body"),
        ('{"version": 0}', "'version' in the body"),
        ('{"version": ' + "9" * 4000 + "}", "not valid JSON"),
        ('{"version": 123456789012345678901234567890}', "'version' in the body"),
        ('{"versoin": 1}', "'versoin' in the body"),
        ('{"split": {"one": 1}}', "'split.one"),
        ('{"split": {"1": "1"}}', "'split.1' in the body"),
        ('{"split": {"1": -1}}', "'split.1' in the body"),
        ('{"split": {"1": 1e999}}', "not valid JSON"),
        ('{"split": {"1": 0}}', "weights of at least 0 that are not all 0"),
        ('{"split": {}}', "at least one version"),
    ],
)
def test_a_body_that_cannot_be_meant_is_named(memory_api: Api, body: str | bytes | None, said: str) -> None:
    publish_model(memory_api.store, "digits", scale(1.0))

    answered = memory_api.ask("PUT", ALIAS, body)

    assert (answered.status, answered.body["code"]) == (400, "invalid_request")
    assert said in answered.body["error"]
    assert current_aliases(memory_api.store, "digits").etag is None


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", "nonsense", None]
)
def test_a_body_is_json_whatever_it_claims_to_be(memory_api: Api, kind: str | None) -> None:
    publish_model(memory_api.store, "digits", scale(1.0))
    sent = event("PUT", ALIAS, '{"version": 1}')
    sent["headers"].pop("content-type")
    sent["headers"] |= {} if kind is None else {"Content-Type": kind}

    assert memory_api.send(sent).status == 200


def untouchable(verb: str, key: str) -> None:
    raise AssertionError(f"{verb} {key}")


def ask_without_a_store(method: str, path: str, body: object = None) -> Answer:
    store = WatchedStore(open_store(f"memory://{uuid.uuid4().hex}"), untouchable)
    here = Deployment(store, Settings(store=store.url, log=False), {})
    answered = answer(make_app(here), here, event(method, path, None if body is None else json.dumps(body)), Context())
    return Answer(answered["statusCode"], answered["headers"], json.loads(answered["body"]))


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_malformed_name_is_refused_before_the_store_is_touched(name: str) -> None:
    for method, path, body in (
        ("GET", f"/api/models/{name}", None),
        ("GET", f"/api/models/{name}/aliases", None),
        ("GET", f"/api/models/{name}/aliases/live", None),
        ("PUT", f"/api/models/digits/aliases/{name}", {"version": 1}),
        ("POST", f"/api/models/{name}/aliases/live/rollback", None),
        ("GET", f"/api/models/{name}/versions/1", None),
        ("DELETE", f"/api/models/{name}/versions/1", None),
        ("POST", f"/api/models/{name}/versions/1/deprecate", {"reason": "old"}),
        ("GET", f"/api/models/digits/versions/{name}", None),
        ("GET", f"/api/jobs/{name}", None),
        ("POST", f"/api/uploads/{name}/register", None),
    ):
        answered = ask_without_a_store(method, path, body)

        assert (answered.status, answered.body["code"]) == (400, "invalid_name"), path


@pytest.mark.parametrize("name", ["../x", "a/b", "a\0b", "x" * 65, "", "é", "\ud800"])
def test_an_upload_for_a_malformed_name_is_refused_before_the_store_is_touched(name: str) -> None:
    answered = ask_without_a_store("POST", "/api/uploads", {"model": name})

    assert answered.status == 400
    assert answered.body["code"] in ("invalid_name", "invalid_request")


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/api/jobs", "limit=0", "'limit' in the query"),
        ("/api/jobs", "limit=201", "'limit' in the query"),
        ("/api/jobs", "limit=many", "'limit' in the query"),
        ("/api/jobs", "before=..", "is not the id of a job"),
    ],
)
def test_a_query_that_cannot_be_meant_is_named(memory_api: Api, path: str, query: str, said: str) -> None:
    answered = memory_api.ask("GET", path, query=query)

    assert answered.status == 400
    assert said in answered.body["error"]


@pytest.mark.parametrize("path", ["/api", "/api/nope", "/api/models/a/b", "/api//models", "/docs/x", "/\ud800"])
def test_an_unknown_path_is_a_404(memory_api: Api, path: str) -> None:
    answered = memory_api.ask("GET", path)

    assert (answered.status, answered.body["code"]) == (404, "route_not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/models", "GET"),
        ("PATCH", "/api/models/digits/versions/1", "DELETE, GET"),
        ("DELETE", "/api/models/digits/aliases/live", "GET, PUT"),
        ("GET", "/api/models/digits/versions", "POST"),
        ("GET", "/api/uploads", "POST"),
        ("BREW", "/api/jobs", "GET"),
    ],
)
def test_a_wrong_method_is_a_405_that_names_the_right_ones(
    memory_api: Api, method: str, path: str, allowed: str
) -> None:
    answered = memory_api.ask(method, path)

    assert (answered.status, answered.body["code"]) == (405, "method_not_allowed")
    assert answered.headers["allow"] == allowed


def test_a_slash_at_the_end_makes_no_other_route(memory_api: Api) -> None:
    assert memory_api.ask("GET", "/api/models/").status == 200
