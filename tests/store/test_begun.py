"""Reads that are begun before anyone asks: answered once, and otherwise the store's own."""

import sys
import threading

import pytest

from modelet.store.ahead import readers_first
from modelet.store.base import Store
from modelet.store.begun import Begun
from modelet.store.memory import MemoryStore
from tests.watched_store import WatchedStore


class Reads:
    """Counts the calls of a store; the first of them can be awaited."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.calls: list[tuple[str, str]] = []

    def __call__(self, verb: str, key: str) -> None:
        self.calls.append((verb, key))
        self.begun.set()


@pytest.fixture
def memory() -> Store:
    store = MemoryStore()
    store.put("a", [b"one"])
    return store


def data(store: Store, key: str) -> bytes:
    found = store.get(key)
    assert found is not None
    return found.data


def test_a_read_is_under_way_before_anyone_asks(memory: Store) -> None:
    reads = Reads()

    Begun(WatchedStore(memory, reads), ["a"])

    assert reads.begun.wait(20)


def test_it_is_made_once_and_answered_once(memory: Store) -> None:
    reads = Reads()
    store = Begun(WatchedStore(memory, reads), ["a", "a"])

    assert data(store, "a") == b"one"
    assert reads.calls == [("get", "a")]
    memory.put("a", [b"two"])

    assert data(store, "a") == b"two"
    assert reads.calls == [("get", "a"), ("get", "a")]


def test_what_is_not_there_is_missing_for_whoever_asks(memory: Store) -> None:
    store = Begun(memory, ["b"])

    with pytest.raises(FileNotFoundError):
        store.get("b")
    memory.put("b", [b"two"])

    assert data(store, "b") == b"two"


def test_whether_something_changed_is_always_asked_anew(memory: Store) -> None:
    found = memory.get("a")
    assert found is not None
    store = Begun(memory, ["a"])

    memory.put("a", [b"two"])
    changed = store.get("a", unless=found.etag)

    assert changed is not None
    assert changed.data == b"two"
    assert data(store, "a") == b"two", "what was read before is gone with it"


def test_everything_else_is_the_stores_own(memory: Store) -> None:
    store = Begun(memory, [])

    store.put("c/d", [b"three"])
    etag = store.put_if_absent("c/e", b"four")
    store.put_if_match("c/e", b"five", etag)
    store.delete("a")

    assert [entry.key for entry in store.scan("")] == ["c/d", "c/e"]
    assert (store.folders(""), store.head("c/d").size, store.url) == (["c"], 5, memory.url)
    assert b"".join(store.stream("c/e")) == b"five"
    assert b"".join(store.stream_range("c/d", 1, 2)) == b"hr"


def test_threads_that_read_have_their_turn_soon_and_only_for_a_while() -> None:
    usual = sys.getswitchinterval()

    with readers_first():
        within = sys.getswitchinterval()

    assert within <= usual / 10
    assert sys.getswitchinterval() == usual


def test_so_they_have_no_longer_where_it_fails() -> None:
    usual = sys.getswitchinterval()

    with pytest.raises(ZeroDivisionError), readers_first():
        raise ZeroDivisionError

    assert sys.getswitchinterval() == usual
