"""Promote, split, roll back, deprecate, delete, one example each of what they promise."""

from collections.abc import Callable

import pytest

from modelet.errors import (
    AliasNotFound,
    Conflict,
    InvalidName,
    InvalidRequest,
    ModelNotFound,
    StoreUnavailable,
    VersionNotFound,
)
from modelet.registry.aliases import HISTORY_KEPT, PREVIOUS_KEPT
from modelet.registry.changing import delete, deprecate, promote, rollback, split
from modelet.registry.reading import current_aliases, find_version, list_models, list_versions, read_manifest
from modelet.store.base import Store
from tests.registry.drafts import publish_bytes
from tests.registry.faulty_store import FaultyStore


@pytest.fixture
def three(store: Store) -> Store:
    """A store with three versions of model `m`."""
    for data in (b"one", b"two", b"three"):
        publish_bytes(store, "m", data)
    return store


def led(store: Store, alias: str = "live") -> dict[int, float]:
    return {target.version: target.weight for target in current_aliases(store, "m").aliases.alias(alias).targets}


def documents(store: Store) -> list[str]:
    return [entry.key for entry in store.scan("") if entry.key.endswith("aliases.json")]


def test_the_first_version_is_live_by_itself_and_later_ones_wait(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    assert led(store) == {1: 1.0}

    publish_bytes(store, "m", b"two")
    assert led(store) == {1: 1.0}
    assert documents(store) == []


def test_a_promotion_leads_there_and_a_rollback_leads_back(three: Store) -> None:
    promote(three, "m", 2)
    promote(three, "m", 3)
    assert led(three) == {3: 1.0}

    rollback(three, "m")
    assert led(three) == {2: 1.0}
    rollback(three, "m")
    assert led(three) == {1: 1.0}
    with pytest.raises(Conflict, match="no earlier state"):
        rollback(three, "m")


def test_a_model_that_was_never_promoted_has_nothing_to_roll_back_to(three: Store) -> None:
    with pytest.raises(Conflict, match="no earlier state"):
        rollback(three, "m")
    assert documents(three) == []


def test_a_change_is_one_write(three: Store) -> None:
    counted = FaultyStore(three)

    promote(counted, "m", 2)
    split(counted, "m", {1: 1, 3: 1})
    rollback(counted, "m")

    assert counted.writes == 3


def test_promoting_what_is_live_is_recorded_but_a_rollback_undoes_the_last_real_change(three: Store) -> None:
    promote(three, "m", 2)
    promote(three, "m", 2)

    assert [event.action for event in current_aliases(three, "m").aliases.history] == ["promote live"] * 2
    rollback(three, "m")
    assert led(three) == {1: 1.0}


def test_a_split_shares_by_weight_and_is_named_by_its_largest_share(three: Store) -> None:
    split(three, "m", {3: 1, 1: 3, 2: 0}, "canary")

    assert led(three, "canary") == {1: 0.75, 3: 0.25}
    assert led(three) == {1: 1.0}
    assert find_version(three, "m", "canary") == 1


@pytest.mark.parametrize("weights", [{}, {1: 0.0}, {1: -1.0, 2: 2.0}, {1: float("nan")}, {1: float("inf")}])
def test_weights_that_cannot_be_are_refused(three: Store, weights: dict[int, float]) -> None:
    with pytest.raises(InvalidRequest, match="A split needs"):
        split(three, "m", weights)
    assert documents(three) == []


def test_an_alias_carries_the_digests_that_a_cold_start_needs(three: Store) -> None:
    promote(three, "m", 2)

    target = current_aliases(three, "m").aliases.alias("live").targets[0]

    assert target.artifact == read_manifest(three, "m", 2, target.manifest).artifact


def test_what_does_not_exist_is_named(three: Store) -> None:
    with pytest.raises(VersionNotFound, match="has no version 4; the newest is 3"):
        promote(three, "m", 4)
    with pytest.raises(ModelNotFound, match="There is no model 'n'"):
        promote(three, "n", 1)
    with pytest.raises(AliasNotFound, match="no alias 'canary'; there are: live"):
        rollback(three, "m", "canary")
    with pytest.raises(ModelNotFound):
        rollback(three, "n")
    with pytest.raises(VersionNotFound):
        deprecate(three, "m", 4, "old")
    with pytest.raises(VersionNotFound):
        delete(three, "m", 4, "old")


@pytest.mark.parametrize("name", ["", "..", "a/b", "a%2Fb/", "a\0b", "A", "x" * 65, "-a", "a-", ".a", "é", "a\n"])
def test_bad_names_are_refused_before_any_request(name: str) -> None:
    class Untouchable:
        url = "untouchable://"

        def __getattr__(self, verb: str) -> Callable[..., None]:
            def called(*_: object) -> None:
                raise StoreUnavailable(f"{verb} was called")

            return called

    untouchable: Store = Untouchable()  # type: ignore[assignment]
    with pytest.raises(InvalidName):
        promote(untouchable, name, 1)
    with pytest.raises(InvalidName):
        promote(untouchable, "m", 1, name)
    with pytest.raises(InvalidName):
        publish_bytes(untouchable, name, b"x")
    with pytest.raises(InvalidName):
        list_versions(untouchable, name)
    with pytest.raises(InvalidName):
        find_version(untouchable, "m", name)


def test_a_version_is_not_deleted_while_an_alias_names_it(three: Store) -> None:
    with pytest.raises(Conflict, match="alias 'live' names it: promote another first"):
        delete(three, "m", 1, "bad")
    assert documents(three) == []

    split(three, "m", {1: 1, 2: 1}, "canary")
    promote(three, "m", 3)
    for version in (1, 2):
        with pytest.raises(Conflict, match="alias 'canary' names it"):
            delete(three, "m", version, "bad")


def test_a_deleted_version_is_never_promoted_nor_rolled_back_to_nor_found(three: Store) -> None:
    for version in (2, 3, 1):
        promote(three, "m", version)
    delete(three, "m", 3, "bad")

    with pytest.raises(Conflict, match="Version 3 was deleted"):
        promote(three, "m", 3)
    with pytest.raises(Conflict, match="Version 3 was deleted"):
        split(three, "m", {1: 9, 3: 1})
    with pytest.raises(VersionNotFound, match="Version 3 of model 'm' was deleted"):
        find_version(three, "m", "3")
    rollback(three, "m")
    assert led(three) == {2: 1.0}


def test_a_deleted_number_is_never_used_again_and_its_manifest_stays(three: Store) -> None:
    delete(three, "m", 3, "bad")

    assert publish_bytes(three, "m", b"three").version == 4
    assert list_versions(three, "m") == [1, 2, 3, 4]
    assert read_manifest(three, "m", 3).version == 3
    assert current_aliases(three, "m").aliases.deleted == {3: "bad"}


def test_a_deprecated_version_says_why_and_still_serves(three: Store) -> None:
    deprecate(three, "m", 1, "superseded")

    assert current_aliases(three, "m").aliases.deprecated == {1: "superseded"}
    assert find_version(three, "m", "live") == 1


def test_the_history_is_bounded(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")

    for index in range(HISTORY_KEPT + 3):
        promote(store, "m", index % 2 + 1)

    aliases = current_aliases(store, "m").aliases
    assert len(aliases.history) == HISTORY_KEPT
    assert len(aliases.alias("live").previous) == PREVIOUS_KEPT


def test_what_is_no_model_is_passed_over(three: Store) -> None:
    three.put("models/Not A Model/versions/1.json", [b"{}"])
    three.put("models/empty/blobs/abc", [b"x"])
    three.put("models/m/versions/notes.txt", [b"x"])

    assert list_models(three) == ["m"]
    assert list_versions(three, "m") == [1, 2, 3]
