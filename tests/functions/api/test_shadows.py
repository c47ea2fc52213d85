"""Shadows over HTTP: given, shown wherever an alias is, and taken away."""

import pytest

from modelet.registry.reading import current_aliases
from tests.functions.api.calling import Api
from tests.onnx_models import scale
from tests.published import publish_model

LIVE = "/api/models/digits/aliases/live"
SHADOW = f"{LIVE}/shadow"


@pytest.fixture
def digits(api: Api) -> Api:
    """A model with three versions; the first one is live."""
    for factor in (1.0, 2.0, 3.0):
        publish_model(api.store, "digits", scale(factor))
    return api


def test_a_shadow_is_given_shown_and_taken_away(digits: Api) -> None:
    given = digits.ask("PUT", SHADOW, {"version": 3, "share": 0.25})

    assert (given.status, given.body) == (
        200,
        {
            "alias": "live",
            "targets": [{"version": 1, "weight": 1.0}],
            "previous": [],
            "shadow": {"version": 3, "share": 0.25},
        },
    )
    assert digits.get(LIVE) == given.body
    assert digits.get("/api/models/digits/aliases")["aliases"] == [given.body]
    assert digits.get("/api/models/digits")["aliases"] == [given.body]
    assert digits.get("/api/models/digits")["history"][-1]["action"] == "shadow live"

    taken = digits.ask("DELETE", SHADOW)
    assert (taken.status, taken.body["shadow"]) == (200, None)
    assert digits.ask("DELETE", SHADOW).status == 200


def test_without_a_share_all_requests_are_copied_and_promoting_it_ends_it(digits: Api) -> None:
    digits.ask("PUT", SHADOW, {"version": 2})
    assert digits.ask("PUT", LIVE, {"version": 3}).body["shadow"] == {"version": 2, "share": 1.0}

    assert digits.ask("PUT", LIVE, {"version": 2}).body["shadow"] is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid_request"),
        ({"version": 0}, 400, "invalid_request"),
        ({"version": "2"}, 400, "invalid_request"),
        ({"version": 2, "share": 0}, 400, "invalid_request"),
        ({"version": 2, "share": 1.01}, 400, "invalid_request"),
        ({"version": 2, "share": "1"}, 400, "invalid_request"),
        ({"version": 2, "more": 1}, 400, "invalid_request"),
        ('{"version": 2, "share": NaN}', 400, "invalid_request"),
        ({"version": 9}, 404, "version_not_found"),
        ({"version": 1}, 409, "conflict"),
    ],
)
def test_what_cannot_be_meant_is_refused(memory_api: Api, body: object, status: int, code: str) -> None:
    for factor in (1.0, 2.0):
        publish_model(memory_api.store, "digits", scale(factor))

    answered = memory_api.ask("PUT", SHADOW, body)

    assert (answered.status, answered.body["code"]) == (status, code)
    assert current_aliases(memory_api.store, "digits").etag is None


def test_an_alias_that_is_not_there_has_no_shadow(memory_api: Api) -> None:
    publish_model(memory_api.store, "digits", scale(1.0))

    for method, body in (("PUT", {"version": 1}), ("DELETE", None)):
        answered = memory_api.ask(method, "/api/models/digits/aliases/nobody/shadow", body)
        assert (answered.status, answered.body["code"]) == (404, "alias_not_found")


def test_a_shadow_is_not_deleted(memory_api: Api) -> None:
    for factor in (1.0, 2.0):
        publish_model(memory_api.store, "digits", scale(factor))
    memory_api.ask("PUT", SHADOW, {"version": 2})

    answered = memory_api.ask("DELETE", "/api/models/digits/versions/2")

    assert (answered.status, answered.body["code"]) == (409, "conflict")
