"""Many at once: every publisher gets a number of its own, no change is lost, and of two that exclude each other one
loses.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from modelet.errors import Conflict, ModeletError
from modelet.registry.aliases import Aliases
from modelet.registry.changing import delete, deprecate, promote
from modelet.registry.reading import current_aliases, list_versions, read_manifest
from modelet.store.base import Store
from tests.registry.drafts import artifact_of, publish_bytes, snapshot

MANY = 32

T = TypeVar("T")


def at_once(actions: list[Callable[[], T]]) -> list[T]:
    """Run all of them at the same moment, each in a thread of its own."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], T]) -> T:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def publishing(store: Store, count: int) -> list[Callable[[], int]]:
    return [lambda index=index: publish_bytes(store, "m", b"%d" % index).version for index in range(count)]  # type: ignore[misc]


def test_concurrent_publishers_get_different_versions_and_leave_no_gap(store: Store) -> None:
    versions = at_once(publishing(store, MANY))

    assert sorted(versions) == list(range(1, MANY + 1))
    assert list_versions(store, "m") == sorted(versions)
    for index, version in enumerate(versions):
        assert read_manifest(store, "m", version).artifact == artifact_of(b"%d" % index)
    assert [target.version for target in current_aliases(store, "m").aliases.alias("live").targets] == [1]


def test_concurrent_promotions_are_all_in_the_history_and_each_remembers_the_one_before(store: Store) -> None:
    for index in range(MANY):
        publish_bytes(store, "m", b"%d" % (index % 3))

    at_once([lambda v=v: promote(store, "m", v, f"alias-{v % 4}") for v in range(1, MANY + 1)])  # type: ignore[misc]

    aliases = current_aliases(store, "m").aliases
    events = [(event.action, event.detail) for event in aliases.history]
    assert sorted(events) == sorted((f"promote alias-{v % 4}", f"{v}: 1") for v in range(1, MANY + 1))
    assert len({event.operation for event in aliases.history}) == MANY
    for name in ("alias-0", "alias-1", "alias-2", "alias-3"):
        in_order = [int(detail.split(":")[0]) for action, detail in events if action == f"promote {name}"]
        alias = aliases.alias(name)
        led = [state[0].version for state in (alias.targets, *alias.previous)]
        assert led == in_order[::-1]


def test_promotions_of_one_version_by_many_are_all_recorded(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")

    at_once([lambda: promote(store, "m", 2) for _ in range(MANY)])

    alias = current_aliases(store, "m").aliases
    assert len({event.operation for event in alias.history}) == MANY
    assert len(alias.alias("live").previous) == 1


def test_publishers_promoters_and_deprecators_do_not_hinder_each_other(store: Store) -> None:
    for index in range(8):
        publish_bytes(store, "m", b"%d" % index)
    frozen = snapshot(store)
    promoters = [lambda v=v: promote(store, "m", v) for v in range(1, 9)]
    deprecators = [lambda v=v: deprecate(store, "m", v, "old") for v in range(1, 9)]

    done: list[int | Aliases] = at_once([*publishing(store, 16), *promoters, *deprecators])

    assert sorted(version for version in done if isinstance(version, int)) == list(range(9, 25))
    aliases = current_aliases(store, "m").aliases
    assert set(aliases.deprecated) == set(range(1, 9))
    assert len(aliases.history) == 16
    assert frozen.items() <= snapshot(store).items()


def test_of_a_deletion_and_a_promotion_of_one_version_one_loses(store: Store) -> None:
    publish_bytes(store, "m", b"one")

    def outcome(change: Callable[[], Aliases]) -> Callable[[], type[ModeletError] | None]:
        def run() -> type[ModeletError] | None:
            try:
                change()
            except Conflict as error:
                return type(error)
            return None

        return run

    for _ in range(8):
        version = publish_bytes(store, "m", b"two").version
        promoted, deleted = at_once(
            [
                outcome(lambda v=version: promote(store, "m", v)),  # type: ignore[misc]
                outcome(lambda v=version: delete(store, "m", v, "bad")),  # type: ignore[misc]
            ]
        )

        aliases = current_aliases(store, "m").aliases
        assert sorted([promoted is None, deleted is None]) == [False, True]
        assert (version in aliases.deleted) == (promoted is Conflict)
        assert (version == aliases.alias("live").targets[0].version) == (deleted is Conflict)
        promote(store, "m", 1)


@pytest.mark.parametrize("winner", ["promote", "delete"])
def test_whoever_comes_second_is_refused(store: Store, winner: str) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")

    if winner == "promote":
        promote(store, "m", 2)
        with pytest.raises(Conflict, match="alias 'live' names it"):
            delete(store, "m", 2, "bad")
    else:
        delete(store, "m", 2, "bad")
        with pytest.raises(Conflict, match="was deleted"):
            promote(store, "m", 2)
