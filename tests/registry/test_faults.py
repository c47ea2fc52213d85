"""A write that was refused, lost, or done and denied: the registry knows its own work by its operation id."""

from pathlib import Path

import pytest

from modelet.errors import RegistryBusy, StoreUnavailable
from modelet.registry import changing
from modelet.registry.creating import FRUITLESS_ATTEMPTS
from modelet.registry.reading import current_aliases, list_versions, read_manifest
from modelet.store import open_store
from modelet.store.base import Store
from tests.registry.drafts import publish_bytes, snapshot
from tests.registry.faulty_store import Fault, FaultyStore
from tests.s3_proxy import BROKEN, BROKEN_AFTERWARDS, CONFLICT, FAILED, Proxy
from tests.s3_proxy import Fault as WireFault

SCRIPTS = [
    [Fault.BEFORE],
    [Fault.BEFORE, Fault.BEFORE],
    [Fault.AFTER],
    [Fault.RETRIED],
    [Fault.CONFLICT],
    [Fault.CONFLICT] * 5,
    [Fault.BEFORE, Fault.AFTER],
    [Fault.BEFORE, Fault.BEFORE, Fault.AFTER],
    [Fault.CONFLICT, Fault.BEFORE, Fault.RETRIED],
]
WIRE_SCRIPTS = [
    [CONFLICT],
    [CONFLICT] * 6,
    [FAILED],
    [BROKEN],
    [BROKEN] * 4,
    [BROKEN_AFTERWARDS],
    [BROKEN_AFTERWARDS, BROKEN],
    [BROKEN, CONFLICT, BROKEN_AFTERWARDS],
    [CONFLICT, BROKEN_AFTERWARDS, CONFLICT],
    [BROKEN_AFTERWARDS, BROKEN, BROKEN, BROKEN, BROKEN],
]


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """What is told to fail; S3 fails on the wire, further down."""
    return open_store(f"memory://{tmp_path}" if request.param == "memory" else f"file://{tmp_path}/store")


def in_words(script: list[Fault] | list[WireFault]) -> str:
    return "+".join(
        fault.name if isinstance(fault, Fault) else f"{fault.status}{fault.took_effect}" for fault in script
    )


def actions(store: Store, model: str = "m") -> list[str]:
    return [event.action for event in current_aliases(store, model).aliases.history]


@pytest.mark.parametrize("script", SCRIPTS, ids=in_words)
def test_a_publish_that_goes_wrong_on_the_way_makes_one_version(store: Store, script: list[Fault]) -> None:
    publish_bytes(store, "m", b"one")

    published = publish_bytes(FaultyStore(store, *script), "m", b"two")

    assert list_versions(store, "m") == [1, 2]
    assert read_manifest(store, "m", 2) == published


@pytest.mark.parametrize("script", SCRIPTS, ids=in_words)
@pytest.mark.parametrize("first", [True, False], ids=["creates the document", "replaces the document"])
def test_a_promotion_that_goes_wrong_on_the_way_happens_once(store: Store, script: list[Fault], first: bool) -> None:
    for data in (b"one", b"two", b"three"):
        publish_bytes(store, "m", data)
    if not first:
        changing.promote(store, "m", 2)

    changing.promote(FaultyStore(store, *script), "m", 3)

    aliases = current_aliases(store, "m").aliases
    assert [target.version for target in aliases.alias("live").targets] == [3]
    assert len(aliases.alias("live").previous) == (1 if first else 2)
    assert [event.detail for event in aliases.history] == (["3: 1"] if first else ["2: 1", "3: 1"])


@pytest.mark.parametrize("fault", [Fault.AFTER, Fault.RETRIED, Fault.BEFORE])
def test_every_kind_of_change_is_recognised_as_ones_own(store: Store, fault: Fault) -> None:
    for data in (b"one", b"two"):
        publish_bytes(store, "m", data)

    changing.split(FaultyStore(store, fault), "m", {1: 1, 2: 3})
    changing.promote(FaultyStore(store, fault), "m", 1)
    changing.rollback(FaultyStore(store, fault), "m")
    changing.rollback(FaultyStore(store, fault), "m")
    changing.deprecate(FaultyStore(store, fault), "m", 1, "old")
    changing.delete(FaultyStore(store, fault), "m", 2, "bad")

    assert actions(store) == [
        "promote live",
        "promote live",
        "rollback live",
        "rollback live",
        "deprecate 1",
        "delete 2",
    ]
    assert [target.version for target in current_aliases(store, "m").aliases.alias("live").targets] == [1]


def test_a_race_lost_to_another_while_the_answer_was_lost_too(store: Store) -> None:
    class Overtaken(FaultyStore):
        def put_if_absent(self, key: str, data: bytes) -> str:
            if self.writes == 0:
                publish_bytes(store, "m", b"the winner")
            return super().put_if_absent(key, data)

    published = publish_bytes(Overtaken(store, Fault.BEFORE, Fault.AFTER), "m", b"the loser")

    assert published.version == 2
    assert list_versions(store, "m") == [1, 2]


def test_a_store_that_refuses_every_publish_is_asked_a_few_times_and_keeps_nothing_half_written(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    refusing = FaultyStore(store, Fault.BEFORE, forever=True)

    with pytest.raises(StoreUnavailable, match="nothing was written"):
        publish_bytes(refusing, "m", b"two")
    assert refusing.writes == 3
    assert list_versions(store, "m") == [1]


def test_a_publish_whose_conflicts_never_end_is_busy(store: Store) -> None:
    conflicting = FaultyStore(store, Fault.CONFLICT, forever=True)

    with pytest.raises(RegistryBusy, match="try again"):
        publish_bytes(conflicting, "m", b"one")
    assert conflicting.writes == FRUITLESS_ATTEMPTS
    assert list_versions(store, "m") == []


@pytest.mark.parametrize("promoted_before", [False, True])
def test_a_store_that_refuses_every_change_is_asked_a_few_times(store: Store, promoted_before: bool) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")
    if promoted_before:
        changing.promote(store, "m", 1)
    before = current_aliases(store, "m")
    refusing = FaultyStore(store, Fault.BEFORE, forever=True)

    with pytest.raises(StoreUnavailable, match="nothing was written"):
        changing.promote(refusing, "m", 2)
    assert refusing.writes == 3
    assert current_aliases(store, "m") == before


def test_a_change_that_loses_every_race_is_busy_and_nothing_is_changed(tmp_path: Path) -> None:
    losing = FaultyStore(open_store(f"memory://{tmp_path}/busy"), Fault.CONFLICT, forever=True)
    for data in (b"one", b"two"):
        publish_bytes(losing.real, "m", data)

    with pytest.raises(RegistryBusy, match="Too many concurrent changes of the aliases of 'm'; try again"):
        changing.promote(losing, "m", 2)
    assert losing.writes == changing.ATTEMPTS
    assert actions(losing.real) == []


def test_a_refusal_after_the_last_effect_is_success_all_the_same(store: Store) -> None:
    publish_bytes(store, "m", b"one")
    publish_bytes(store, "m", b"two")

    changing.promote(FaultyStore(store, Fault.BEFORE, Fault.BEFORE, Fault.AFTER), "m", 2)

    assert actions(store) == ["promote live"]


@pytest.mark.parametrize("script", WIRE_SCRIPTS, ids=in_words)
def test_on_the_wire_a_publish_makes_one_version(behind: Store, proxy: Proxy, script: list[WireFault]) -> None:
    publish_bytes(behind, "m", b"one")
    proxy.script += [WireFault(f.status, f.code, f.took_effect, path="versions/") for f in script]

    published = publish_bytes(behind, "m", b"two")

    assert proxy.script == []
    assert (published.version, list_versions(behind, "m")) == (2, [1, 2])
    assert read_manifest(behind, "m", 2) == published


@pytest.mark.parametrize("script", WIRE_SCRIPTS, ids=in_words)
@pytest.mark.parametrize("first", [True, False], ids=["creates the document", "replaces the document"])
def test_on_the_wire_a_promotion_happens_once(
    behind: Store, proxy: Proxy, script: list[WireFault], first: bool
) -> None:
    for data in (b"one", b"two", b"three"):
        publish_bytes(behind, "m", data)
    if not first:
        changing.promote(behind, "m", 2)
    frozen = snapshot(behind)
    proxy.script += [WireFault(f.status, f.code, f.took_effect, path="aliases.json") for f in script]

    changing.promote(behind, "m", 3)

    aliases = current_aliases(behind, "m").aliases
    assert proxy.script == []
    assert [event.detail for event in aliases.history] == (["3: 1"] if first else ["2: 1", "3: 1"])
    assert [target.version for target in aliases.alias("live").targets] == [3]
    assert len(aliases.alias("live").previous) == (1 if first else 2)
    assert snapshot(behind) == frozen


def test_on_the_wire_conditional_writes_say_so(behind: Store, proxy: Proxy) -> None:
    publish_bytes(behind, "m", b"one")
    publish_bytes(behind, "m", b"two")
    changing.promote(behind, "m", 2)
    changing.promote(behind, "m", 1)

    put = [request for request in proxy.seen if request.method == "PUT" and "/blobs/" not in request.path]

    conditions = [{name.lower() for name in request.headers} & {"if-match", "if-none-match"} for request in put]
    assert conditions == [{"if-none-match"}, {"if-none-match"}, {"if-none-match"}, {"if-match"}]


def test_on_the_wire_an_outage_ends_within_bounds(behind: Store, proxy: Proxy) -> None:
    publish_bytes(behind, "m", b"one")
    publish_bytes(behind, "m", b"two")
    proxy.script += [WireFault(503, "SlowDown", path="aliases.json")] * 100

    with pytest.raises(StoreUnavailable, match="503 Service Unavailable"):
        changing.promote(behind, "m", 2)
    assert proxy.writes("aliases.json") <= 15
    assert actions(behind) == []


def test_on_the_wire_a_user_who_may_not_write_is_told_so(behind: Store, proxy: Proxy) -> None:
    publish_bytes(behind, "m", b"one")
    proxy.script += [WireFault(403, "AccessDenied")] * 100

    with pytest.raises(StoreUnavailable, match="access is denied"):
        changing.promote(behind, "m", 1)
    with pytest.raises(StoreUnavailable, match="access is denied"):
        publish_bytes(behind, "m", b"two")
    assert len(proxy.seen) < 30
