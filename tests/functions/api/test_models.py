"""Models, versions and aliases over HTTP, on a folder and on S3."""

from typing import Any

import pytest

from modelet.registry.reading import current_aliases, load_manifest
from tests.functions.api.calling import Api
from tests.onnx_models import scale
from tests.published import publish_model


@pytest.fixture
def digits(api: Api) -> Api:
    """A model with three versions; the first one is live."""
    for factor in (1.0, 2.0, 3.0):
        publish_model(api.store, "digits", scale(factor))
    return api


def live(api: Api) -> list[Any]:
    targets: list[Any] = api.get("/api/models/digits/aliases/live")["targets"]
    return targets


def test_an_empty_store_has_no_models(api: Api) -> None:
    assert api.get("/api/models") == {"models": []}


def test_models_are_listed_with_what_is_live_and_how_many_versions_there_are(digits: Api) -> None:
    publish_model(digits.store, "alpha", scale(1.0))
    digits.ask("DELETE", "/api/models/digits/versions/2")

    assert digits.get("/api/models") == {
        "models": [
            {"name": "alpha", "versions": 1, "newest": 1, "live": [{"version": 1, "weight": 1.0}], "error": None},
            {"name": "digits", "versions": 2, "newest": 3, "live": [{"version": 1, "weight": 1.0}], "error": None},
        ]
    }


def test_a_damaged_model_is_listed_with_its_damage_beside_the_others(digits: Api) -> None:
    publish_model(digits.store, "broken", scale(1.0))
    digits.store.put("models/broken/aliases.json", [b"{"])

    broken, healthy = digits.get("/api/models")["models"]

    assert (broken["name"], broken["live"]) == ("broken", [])
    assert "models/broken/aliases.json is not JSON" in broken["error"]
    assert (healthy["name"], healthy["error"]) == ("digits", None)


def test_a_model_is_described_with_versions_aliases_and_history(digits: Api) -> None:
    digits.ask("PUT", "/api/models/digits/aliases/live", {"version": 3})
    digits.ask("PUT", "/api/models/digits/aliases/canary", {"version": 2})
    digits.ask("POST", "/api/models/digits/versions/1/deprecate", {"reason": "too old"})

    described = digits.get("/api/models/digits")

    assert described["name"] == "digits"
    assert described["versions"] == [
        {"version": 1, "aliases": [], "deprecated": "too old", "deleted": None},
        {"version": 2, "aliases": ["canary"], "deprecated": None, "deleted": None},
        {"version": 3, "aliases": ["live"], "deprecated": None, "deleted": None},
    ]
    assert [alias["alias"] for alias in described["aliases"]] == ["canary", "live"]
    assert [line["action"] for line in described["history"]] == ["promote live", "promote canary", "deprecate 1"]


@pytest.mark.parametrize("ref", ["2", "canary"])
def test_a_version_is_described_by_number_and_by_alias(digits: Api, ref: str) -> None:
    digits.ask("PUT", "/api/models/digits/aliases/canary", {"version": 2})
    manifest, digest = load_manifest(digits.store, "digits", 2)

    assert digits.get(f"/api/models/digits/versions/{ref}") == {
        "model": "digits",
        "version": 2,
        "aliases": ["canary"],
        "deprecated": None,
        "deleted": None,
        "digest": digest,
        "manifest": manifest.to_json(),
    }


def test_an_alias_is_promoted_split_and_rolled_back(digits: Api) -> None:
    promoted = digits.ask("PUT", "/api/models/digits/aliases/live", {"version": 2})
    assert (promoted.status, promoted.body["targets"]) == (200, [{"version": 2, "weight": 1.0}])

    digits.ask("PUT", "/api/models/digits/aliases/live", {"split": {"1": 90, "3": 10}})
    assert live(digits) == [{"version": 1, "weight": 0.9}, {"version": 3, "weight": 0.1}]

    rolled_back = digits.ask("POST", "/api/models/digits/aliases/live/rollback")
    assert (rolled_back.status, rolled_back.body) == (
        200,
        {
            "alias": "live",
            "targets": [{"version": 2, "weight": 1.0}],
            "previous": [[{"version": 1, "weight": 1.0}]],
            "shadow": None,
        },
    )
    assert live(digits) == [{"version": 2, "weight": 1.0}]


def test_aliases_are_listed_by_name(digits: Api) -> None:
    digits.ask("PUT", "/api/models/digits/aliases/canary", {"version": 3})

    listed = digits.get("/api/models/digits/aliases")

    assert listed["model"] == "digits"
    assert [(alias["alias"], alias["targets"][0]["version"]) for alias in listed["aliases"]] == [
        ("canary", 3),
        ("live", 1),
    ]


def test_a_deleted_version_says_so_and_cannot_be_promoted(digits: Api) -> None:
    deleted = digits.ask("DELETE", "/api/models/digits/versions/2", query="reason=it+leaked")
    assert (deleted.status, deleted.body["deleted"]) == (200, "it leaked")

    refused = digits.ask("PUT", "/api/models/digits/aliases/live", {"version": 2})

    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert "Version 2 was deleted" in refused.body["error"]


def test_a_version_that_an_alias_names_is_not_deleted(digits: Api) -> None:
    refused = digits.ask("DELETE", "/api/models/digits/versions/live")

    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert "alias 'live' names it" in refused.body["error"]
    assert current_aliases(digits.store, "digits").aliases.deleted == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/api/models/nope", None, "model_not_found"),
        ("GET", "/api/models/nope/aliases", None, "model_not_found"),
        ("GET", "/api/models/digits/aliases/nope", None, "alias_not_found"),
        ("POST", "/api/models/digits/aliases/nope/rollback", None, "alias_not_found"),
        ("GET", "/api/models/digits/versions/nope", None, "alias_not_found"),
        ("GET", "/api/models/digits/versions/99", None, "version_not_found"),
        ("DELETE", "/api/models/digits/versions/99", None, "version_not_found"),
        ("POST", "/api/models/digits/versions/99/deprecate", {"reason": "old"}, "version_not_found"),
        ("PUT", "/api/models/digits/aliases/live", {"version": 99}, "version_not_found"),
        ("PUT", "/api/models/digits/aliases/live", {"split": {"1": 1, "99": 1}}, "version_not_found"),
    ],
)
def test_what_does_not_exist_is_a_404_and_changes_nothing(
    digits: Api, method: str, path: str, body: object, code: str
) -> None:
    answered = digits.ask(method, path, body)

    assert (answered.status, answered.body["code"]) == (404, code)
    assert live(digits) == [{"version": 1, "weight": 1.0}]


def test_an_alias_without_an_earlier_state_is_not_rolled_back(digits: Api) -> None:
    refused = digits.ask("POST", "/api/models/digits/aliases/live/rollback")

    assert (refused.status, refused.body["code"]) == (409, "conflict")
