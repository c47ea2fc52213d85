"""A request that waits is worked on by one invocation at a time, and taken up again by whoever is asked again."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelet.answers.attempts import Attempt, begin_attempt, has_failed, read_attempt
from modelet.answers.keys import attempt_key
from modelet.errors import CorruptObject
from modelet.store.base import Store

ID = "a" * 32


def test_a_second_telling_changes_nothing(store: Store) -> None:
    first = begin_attempt(store, ID, "one", 1000.0, 1900.0)

    assert begin_attempt(store, ID, "two", 1001.0, 1901.0) is None

    assert first == Attempt(1, "one", 1900.0) == read_attempt(store, ID)


def test_a_second_asking_is_another_attempt(store: Store) -> None:
    attempts = [begin_attempt(store, ID, "one", 1000.0 + i, 1900.0 + i) for i in range(3)]

    assert [attempt and (attempt.number, attempt.is_last()) for attempt in attempts] == [
        (1, False),
        (2, False),
        (3, True),
    ]


def test_who_must_have_ended_is_succeeded(store: Store) -> None:
    begin_attempt(store, ID, "one", 1000.0, 1900.0)

    assert begin_attempt(store, ID, "two", 1900.0, 2800.0) == Attempt(2, "two", 2800.0)


@pytest.mark.parametrize("owner", ["one", "two"])
def test_what_was_tried_as_often_as_it_may_be_is_not_begun_again(store: Store, owner: str) -> None:
    for _ in range(3):
        begin_attempt(store, ID, "one", 1000.0, 1900.0)
    last = read_attempt(store, ID)

    assert begin_attempt(store, ID, owner, 2000.0, 2900.0) is None

    assert last == Attempt(3, "one", 1900.0) == read_attempt(store, ID)
    assert has_failed(store, ID, 2000.0)


def test_of_many_at_once_one_begins(store: Store) -> None:
    begin_attempt(store, ID, "dead", 1000.0, 1900.0)
    together = threading.Barrier(8)

    def begin(number: int) -> Attempt | None:
        together.wait(30)
        return begin_attempt(store, ID, str(number), 1900.0, 2800.0)

    with ThreadPoolExecutor(8) as threads:
        assert len([attempt for attempt in threads.map(begin, range(8)) if attempt]) == 1


def test_before_the_first_there_is_none(store: Store) -> None:
    assert read_attempt(store, ID) is None


def test_what_is_no_attempt_is_called_by_its_name(store: Store) -> None:
    store.put_if_absent(attempt_key(ID), b"[]")

    with pytest.raises(CorruptObject, match=attempt_key(ID)):
        read_attempt(store, ID)
