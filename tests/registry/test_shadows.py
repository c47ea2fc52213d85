"""Shadows: given and taken away by one write each, and what becomes of them when an alias leads elsewhere."""

import threading

import pytest

from modelet.errors import AliasNotFound, Conflict, InvalidRequest, ModeletError, ModelNotFound, VersionNotFound
from modelet.registry.blobs import blob_key
from modelet.registry.changing import announce, delete, promote, rollback, shadow, split
from modelet.registry.collecting import find_garbage
from modelet.registry.reading import current_aliases, find_version, read_manifest
from modelet.registry.recording import write_variants
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, publish_bytes
from tests.registry.faulty_store import FaultyStore
from tests.registry.variants import record_of


@pytest.fixture
def three(store: Store) -> Store:
    """A store with three versions of model `m`."""
    for data in (b"one", b"two", b"three"):
        publish_bytes(store, "m", data)
    return store


def cast(store: Store, alias: str = "live") -> tuple[int, float] | None:
    """The version and the share of an alias's shadow."""
    held = current_aliases(store, "m").aliases.alias(alias).shadow
    return (held.version, held.weight) if held else None


def actions(store: Store) -> list[tuple[str, str]]:
    return [(event.action, event.detail) for event in current_aliases(store, "m").aliases.history]


def test_a_shadow_is_given_changed_and_taken_away_by_one_write_each(three: Store) -> None:
    counted = FaultyStore(three)

    shadow(counted, "m", 3)
    assert cast(three) == (3, 1.0)
    shadow(counted, "m", 2, share=0.25)
    assert cast(three) == (2, 0.25)
    shadow(counted, "m", None)
    assert cast(three) is None
    shadow(counted, "m", None)

    assert counted.writes == 4
    assert actions(three) == [("shadow live", held) for held in ("3: 1", "2: 0.25", "off", "off")]


def test_a_shadow_answers_nothing_and_is_where_no_alias_leads(three: Store) -> None:
    shadow(three, "m", 3)

    assert find_version(three, "m", "live") == 1
    with pytest.raises(Conflict, match="no earlier state"):
        rollback(three, "m")


def test_a_shadow_carries_the_digests_and_variants_that_loading_needs(three: Store) -> None:
    record = record_of(b"two", b"two, ready")
    write_variants(three, "m", [record], {record.blob.sha256: lambda: [b"two, ready"]})
    shadow(three, "m", 2)

    held = current_aliases(three, "m").aliases.alias("live").shadow

    assert held
    assert held.artifact == read_manifest(three, "m", 2, held.manifest).artifact
    assert [variant.blob for variant in held.variants] == [record.blob]


def test_a_shadow_learns_of_variants_that_are_derived_later(three: Store) -> None:
    shadow(three, "m", 2)
    record = record_of(b"two", b"two, ready")
    written = write_variants(three, "m", [record], {record.blob.sha256: lambda: [b"two, ready"]})

    announce(three, "m", artifact_of(b"two").sha256, tuple(written), always=False)

    held = current_aliases(three, "m").aliases.alias("live").shadow
    assert held
    assert [variant.blob for variant in held.variants] == [record.blob]


def test_promoting_another_version_keeps_the_shadow_and_so_does_rolling_back(three: Store) -> None:
    shadow(three, "m", 3, share=0.5)

    promote(three, "m", 2)
    assert cast(three) == (3, 0.5)
    split(three, "m", {2: 9, 3: 1})
    assert cast(three) == (3, 0.5), "requests that 2 answers are still compared"
    rollback(three, "m")
    assert cast(three) == (3, 0.5)


def test_promoting_the_shadow_itself_ends_it_and_a_rollback_brings_it_not_back(three: Store) -> None:
    shadow(three, "m", 3)

    promote(three, "m", 3)
    assert cast(three) is None
    rollback(three, "m")
    assert cast(three) is None


def test_rolling_back_to_the_shadow_ends_it(three: Store) -> None:
    promote(three, "m", 2)
    shadow(three, "m", 1)

    rollback(three, "m")

    assert cast(three) is None


def test_each_alias_has_a_shadow_of_its_own(three: Store) -> None:
    promote(three, "m", 2, "canary")

    shadow(three, "m", 3, "canary")

    assert (cast(three, "canary"), cast(three)) == ((3, 1.0), None)


def test_what_answers_all_requests_is_no_shadow_of_itself(three: Store) -> None:
    with pytest.raises(Conflict, match="Version 1 answers all requests of alias 'live'"):
        shadow(three, "m", 1)
    split(three, "m", {1: 1, 2: 1})
    shadow(three, "m", 1)
    assert cast(three) == (1, 1.0)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, float("nan"), float("inf")])
def test_a_share_that_cannot_be_is_refused(three: Store, share: float) -> None:
    with pytest.raises(InvalidRequest, match="share must be more than 0 and at most 1"):
        shadow(three, "m", 2, share=share)
    assert current_aliases(three, "m").etag is None


def test_what_does_not_exist_is_named(three: Store) -> None:
    with pytest.raises(VersionNotFound, match="has no version 4"):
        shadow(three, "m", 4)
    with pytest.raises(AliasNotFound, match="no alias 'canary'"):
        shadow(three, "m", 2, "canary")
    with pytest.raises(AliasNotFound, match="no alias 'canary'"):
        shadow(three, "m", None, "canary")
    with pytest.raises(ModelNotFound):
        shadow(three, "n", None)


def test_a_shadow_cannot_be_deleted_until_it_is_ended_nor_what_is_deleted_become_one(three: Store) -> None:
    shadow(three, "m", 3)
    with pytest.raises(Conflict, match="Version 3 cannot be deleted while it is the shadow of alias 'live'"):
        delete(three, "m", 3, "bad")

    shadow(three, "m", None)
    delete(three, "m", 3, "bad")

    with pytest.raises(Conflict, match="Version 3 was deleted and cannot be a shadow"):
        shadow(three, "m", 3)


def test_blobs_of_a_shadow_are_no_garbage(three: Store) -> None:
    shadow(three, "m", 3)
    three.put(blob_key("m", artifact_of(b"lost").sha256), [b"lost"])

    assert [garbage.digest for garbage in find_garbage(three, 0)] == [artifact_of(b"lost").sha256]


def test_of_deleting_and_shadowing_at_once_one_wins_and_both_agree(three: Store) -> None:
    for _ in range(5):
        version = publish_bytes(three, "m", b"more").version
        outcomes: dict[str, str] = {}

        def attempt(verb: str, version: int = version, outcomes: dict[str, str] = outcomes) -> None:
            try:
                if verb == "delete":
                    delete(three, "m", version, "bad")
                else:
                    shadow(three, "m", version)
                outcomes[verb] = "done"
            except ModeletError as error:
                outcomes[verb] = error.code

        threads = [threading.Thread(target=attempt, args=(verb,)) for verb in ("delete", "shadow")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(outcomes.values()) == ["conflict", "done"]
        held = current_aliases(three, "m").aliases
        assert (version in held.deleted) == (outcomes["delete"] == "done")
        assert (cast(three) == (version, 1.0)) == (outcomes["shadow"] == "done")


def test_promotions_and_shadows_at_once_lose_none(three: Store) -> None:
    threads = [threading.Thread(target=promote, args=(three, "m", 2, f"a{number}")) for number in range(4)]
    threads += [threading.Thread(target=shadow, args=(three, "m", 3, "live", share)) for share in (0.1, 0.2, 0.3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    last = [detail for action, detail in actions(three) if action == "shadow live"]
    assert len(last) == 3
    assert cast(three) == (3, float(last[-1].removeprefix("3: ")))
    assert len(current_aliases(three, "m").aliases.aliases) == 5
