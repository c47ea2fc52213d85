"""The alias document: strict, kept whole across code versions, and changed only by pure functions."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from modelet.errors import CorruptObject, UnknownSchema
from modelet.registry.aliases import Aliases
from modelet.registry.changing import deprecate, promote, rollback
from modelet.store.base import Store
from tests.registry.drafts import publish_bytes

WHERE = "models/m/aliases.json"


def target(version: int, **more: object) -> dict[str, Any]:
    return {
        "version": version,
        "weight": 1.0,
        "manifest": "f" * 64,
        "artifact": {"sha256": "a" * 64, "size": 3},
        **more,
    }


def document() -> dict[str, Any]:
    return {
        "schema": 1,
        "aliases": {"live": {"targets": [target(2)], "previous": [[target(1)]]}},
        "deprecated": {"1": "old"},
        "deleted": {"3": "bad"},
        "history": [{"operation": "op", "at": "2026-01-02T03:04:05Z", "action": "promote live", "detail": "2: 1"}],
    }


def parse(held: object) -> Aliases:
    return Aliases.parse(json.dumps(held).encode(), WHERE)


def test_a_document_survives_a_round_trip() -> None:
    assert parse(document()).to_json() == document()
    assert json.loads(parse(document()).dump()) == document()


def test_a_shadow_survives_a_round_trip_with_what_newer_code_says_of_it() -> None:
    shadow = target(3, share=0.25, until="2030")
    del shadow["weight"]

    parsed = parse(shadowed(document(), shadow))

    assert parsed.to_json() == shadowed(document(), shadow)
    held = parsed.alias("live").shadow
    assert held
    assert (held.version, held.weight, held.rest) == (3, 0.25, {"until": "2030"})


def test_a_document_without_a_shadow_is_written_without_one() -> None:
    assert parse(shadowed(document(), None)).to_json() == document()


def test_fields_of_newer_code_survive_the_changes_of_this_one(store: Store) -> None:
    for data in (b"one", b"two", b"three"):
        publish_bytes(store, "m", data)
    promote(store, "m", 2)
    key = "models/m/aliases.json"
    found = store.get(key)
    assert found is not None
    held = json.loads(found.data)
    held["frozen_until"] = "2030"
    held["aliases"]["live"]["mirror"] = {"version": 3}
    held["aliases"]["live"]["targets"][0]["region"] = "eu"
    held["aliases"]["live"]["targets"][0]["artifact"]["parts"] = [1, 2]
    held["history"][0]["by"] = "somebody"
    store.put(key, [json.dumps(held).encode()])

    deprecate(store, "m", 1, "old")
    promote(store, "m", 3)
    rollback(store, "m")

    after = store.get(key)
    assert after is not None
    now = json.loads(after.data)
    assert now["frozen_until"] == "2030"
    assert now["aliases"]["live"] == held["aliases"]["live"]
    assert now["history"][0] == held["history"][0]


def shadowed(held: dict[str, Any], shadow: object) -> dict[str, Any]:
    held["aliases"]["live"]["shadow"] = shadow
    return held


WRONG: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda d: d.pop("aliases"), "aliases must be an object"),
    (lambda d: d["aliases"].update(live=[]), "aliases: live must be an object"),
    (lambda d: d["aliases"]["live"].update(targets=[]), "aliases: live: targets must be a list of at least one"),
    (lambda d: d["aliases"]["live"].update(targets={}), "aliases: live: targets must be a list"),
    (lambda d: d["aliases"]["live"].update(targets=[target(0)]), r"targets\[0\]: version must be at least 1"),
    (lambda d: d["aliases"]["live"].update(targets=[target(1, weight=-1)]), r"targets\[0\]: weight must be between"),
    (lambda d: d["aliases"]["live"].update(targets=[target(1, weight="1")]), r"targets\[0\]: weight must be a number"),
    (lambda d: d["aliases"]["live"].update(targets=[target(1, manifest=1)]), r"targets\[0\]: manifest must be text"),
    (lambda d: d["aliases"]["live"].update(targets=[1]), r"targets\[0\] must be a JSON object"),
    (lambda d: d["aliases"]["live"].update(previous=[1]), r"previous\[0\] must be a list of at least one"),
    (lambda d: d["aliases"]["live"].update(previous=[[]]), r"previous\[0\] must be a list of at least one"),
    (lambda d: d["aliases"]["live"].update(previous=[[target(1), "x"]]), r"previous\[0\]\[1\] must be a JSON object"),
    (lambda d: shadowed(d, []), "aliases: live: shadow must be an object"),
    (lambda d: shadowed(d, target(3)), "aliases: live: shadow: share must be a number"),
    (lambda d: shadowed(d, target(3, share=1.5)), "aliases: live: shadow: share must be between 0 and 1"),
    (lambda d: shadowed(d, target(0, share=1)), "aliases: live: shadow: version must be at least 1"),
    (lambda d: d["deprecated"].update({"one": "x"}), "deprecated: one is not a version number"),
    (lambda d: d["deleted"].update({"²": "x"}), "deleted: ² is not a version number"),
    (lambda d: d["deleted"].update({"3": None}), "deleted: 3 must be text"),
    (lambda d: d.update(history={}), "history must be a list"),
    (lambda d: d["history"][0].pop("detail"), r"history\[0\]: detail must be text"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_a_wrong_field_is_named_with_its_path(change: Callable[[dict[str, Any]], object], problem: str) -> None:
    held = document()
    change(held)

    with pytest.raises(CorruptObject, match=rf"^{WHERE}: (.*: )?{problem}"):
        parse(held)


def test_another_schema_is_refused_by_name() -> None:
    with pytest.raises(UnknownSchema, match=rf"^{WHERE} has schema 2"):
        parse({**document(), "schema": 2})


def test_a_document_that_cannot_be_understood_is_never_overwritten(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    store.put("models/m/aliases.json", [b'{"schema": 2}'])

    with pytest.raises(UnknownSchema):
        promote(store, "m", 1)
    found = store.get("models/m/aliases.json")
    assert found is not None
    assert found.data == b'{"schema": 2}'
