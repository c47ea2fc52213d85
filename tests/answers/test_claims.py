"""One idempotency key is answered once: by the first, until it has answered, failed or died."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelet.answers.attempts import begin_attempt
from modelet.answers.claims import Claim, Taken, new_claim, release, take
from modelet.answers.keys import claim_key
from modelet.answers.records import keep_answer, read_answer
from modelet.errors import CorruptObject, InProgress, KeyReused, StoreUnavailable
from modelet.messages import HttpResponse
from modelet.store.base import AlreadyExists, Store
from tests.watched_store import WatchedStore

KEY = claim_key("key", "POST", "/models/m/predict")
DAY = 86400.0
ANSWER = HttpResponse(200, b"\x00\xff\n", {"content-type": "application/octet-stream"})


def wanted(now: float = 1000.0, fingerprint: str = "f", later: bool = False) -> Claim:
    """A claim of a request that has 30 seconds."""
    return new_claim(fingerprint, now, now + 30, later)


def test_the_first_has_it_and_the_second_waits(store: Store) -> None:
    first = take(store, KEY, wanted(), DAY)

    with pytest.raises(InProgress):
        take(store, KEY, wanted(1029.9), DAY)

    assert (first.repeated, first.answer) == (False, None)


def test_an_answer_is_for_whoever_repeats_the_request(store: Store) -> None:
    first = take(store, KEY, wanted(), DAY)
    keep_answer(store, first.claim.id, ANSWER, 1001.0)

    second = take(store, KEY, wanted(1000.0 + DAY - 1), DAY)

    assert second.repeated
    assert second.answer is not None
    assert second.answer.response == ANSWER


@pytest.mark.parametrize("answered", [True, False])
def test_another_request_may_not_have_the_key(store: Store, answered: bool) -> None:
    first = take(store, KEY, wanted(), DAY)
    if answered:
        keep_answer(store, first.claim.id, ANSWER, 1001.0)

    with pytest.raises(KeyReused, match="choose a key of its own"):
        take(store, KEY, wanted(2000.0, "another"), DAY)


@pytest.mark.parametrize("fingerprint", ["f", "another"])
def test_a_window_that_has_passed_begins_anew(store: Store, fingerprint: str) -> None:
    first = take(store, KEY, wanted(), DAY)
    keep_answer(store, first.claim.id, ANSWER, 1001.0)

    second = take(store, KEY, wanted(1000.0 + DAY, fingerprint), DAY)

    assert (second.repeated, second.answer) == (False, None)
    assert second.claim.id != first.claim.id


@pytest.mark.parametrize("fingerprint", ["f", "another"])
def test_what_was_given_back_is_anybody_s(store: Store, fingerprint: str) -> None:
    first = take(store, KEY, wanted(), DAY)

    release(store, KEY, first)

    second = take(store, KEY, wanted(1001.0, fingerprint), DAY)
    assert not second.repeated
    assert second.claim.id != first.claim.id


def test_who_died_is_succeeded_when_its_time_is_over(store: Store) -> None:
    dead = take(store, KEY, wanted(), DAY)

    heir = take(store, KEY, wanted(1030.0), DAY)

    assert not heir.repeated
    with pytest.raises(InProgress):
        take(store, KEY, wanted(1031.0), DAY)
    assert heir.claim.id == dead.claim.id  # if the dead one only was late, both answer the same


def test_an_heir_does_not_prolong_the_window(store: Store) -> None:
    take(store, KEY, wanted(), DAY)
    heir = take(store, KEY, wanted(1000.0 + DAY - 1), DAY)
    keep_answer(store, heir.claim.id, ANSWER, 1000.0 + DAY)

    assert take(store, KEY, wanted(1000.0 + DAY + 10), DAY).answer is None


def test_who_was_too_late_gives_nothing_back(store: Store) -> None:
    late = take(store, KEY, wanted(), DAY)
    take(store, KEY, wanted(1030.0), DAY)

    release(store, KEY, late)

    with pytest.raises(InProgress):
        take(store, KEY, wanted(1031.0), DAY)


def test_what_is_for_later_is_never_in_progress(store: Store) -> None:
    first = take(store, KEY, wanted(later=True), DAY)

    second = take(store, KEY, wanted(1001.0, later=True), DAY)

    assert (first.repeated, second.repeated) == (False, True)
    assert second.claim.id == first.claim.id


def test_what_failed_later_begins_anew(store: Store) -> None:
    failed = take(store, KEY, wanted(later=True), DAY)
    keep_answer(store, failed.claim.id, HttpResponse(503), 1001.0)

    killed = take(store, KEY, wanted(1001.0, later=True), DAY)
    for _ in range(3):
        begin_attempt(store, killed.claim.id, "killed", 1002.0, 1100.0)
    still = take(store, KEY, wanted(1099.0, later=True), DAY)
    third = take(store, KEY, wanted(1100.0, later=True), DAY)

    assert [taken.repeated for taken in (failed, killed, still, third)] == [False, False, True, False]
    assert len({taken.claim.id for taken in (failed, killed, third)}) == 3


@pytest.mark.parametrize("status", [400, 404, 422, 503])
def test_a_refusal_that_came_later_gives_the_key_back_and_stays_where_it_is(store: Store, status: int) -> None:
    refused = take(store, KEY, wanted(later=True), DAY)
    keep_answer(store, refused.claim.id, HttpResponse(status), 1001.0)

    other = take(store, KEY, wanted(1002.0, "another", later=True), DAY)

    assert (other.repeated, other.claim.fingerprint) == (False, "another")
    kept = read_answer(store, refused.claim.id)
    assert kept is not None
    assert kept.response.status == status


def test_of_many_at_once_one_has_it(store: Store) -> None:
    together = threading.Barrier(16)

    def claim(_: int) -> Taken | None:
        together.wait(30)
        try:
            return take(store, KEY, wanted(), DAY)
        except InProgress:
            return None

    with ThreadPoolExecutor(16) as threads:
        taken = [found for found in threads.map(claim, range(16)) if found]

    assert [found.repeated for found in taken] == [False]


def test_of_many_heirs_one_has_it(store: Store) -> None:
    take(store, KEY, wanted(), DAY)
    together = threading.Barrier(16)

    def claim(_: int) -> Taken | None:
        together.wait(30)
        try:
            return take(store, KEY, wanted(1030.0), DAY)
        except InProgress:
            return None

    with ThreadPoolExecutor(16) as threads:
        assert len([found for found in threads.map(claim, range(16)) if found]) == 1


def test_a_write_that_took_effect_and_was_told_not_to_have_is_known_again(store: Store) -> None:
    class Forgetful(WatchedStore):
        def put_if_absent(self, key: str, data: bytes) -> str:
            super().put_if_absent(key, data)
            raise AlreadyExists("as S3 answers a client that asks again")

    claim = wanted()

    taken = take(Forgetful(store, lambda verb, key: None), KEY, claim, DAY)

    assert taken.claim == claim
    release(store, KEY, taken)
    assert not take(store, KEY, wanted(1001.0), DAY).repeated


class Unclear(WatchedStore):
    """A store whose writes are answered 503, whether they took effect or not."""

    effective = True

    def put_if_absent(self, key: str, data: bytes) -> str:
        if self.effective:
            super().put_if_absent(key, data)
        raise StoreUnavailable("on purpose")

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        super().put_if_match(key, data, etag)
        raise StoreUnavailable("on purpose")


@pytest.mark.parametrize("dies", [False, True], ids=["first", "heir"])
def test_a_write_of_which_nobody_knows_whether_it_took_effect_is_looked_for(store: Store, dies: bool) -> None:
    if dies:
        take(store, KEY, wanted(), DAY)
    unclear = Unclear(store, lambda verb, key: None)
    claim = wanted(1030.0)

    taken = take(unclear, KEY, claim, DAY)

    assert (taken.claim.owner, taken.repeated, taken.answer) == (claim.owner, False, None)
    release(store, KEY, taken)
    assert not take(store, KEY, wanted(1031.0), DAY).repeated


def test_a_write_that_did_not_take_effect_is_a_failure(store: Store) -> None:
    unclear = Unclear(store, lambda verb, key: None)
    unclear.effective = False

    with pytest.raises(StoreUnavailable):
        take(unclear, KEY, wanted(), DAY)

    assert not take(store, KEY, wanted(), DAY).repeated


def test_what_is_no_claim_is_called_by_its_name(store: Store) -> None:
    store.put_if_absent(KEY, b"{}")

    with pytest.raises(CorruptObject, match=KEY):
        take(store, KEY, wanted(), DAY)


def test_a_key_is_claimed_for_one_method_and_path() -> None:
    keys = [
        ("k", "POST", "/a"),
        ("k", "PUT", "/a"),
        ("k", "POST", "/b"),
        ("kP", "OST", "/a"),
        ("k\udcff", "POST", "/a"),
    ]

    assert len({claim_key(*key) for key in keys}) == len(keys)
    assert claim_key("k", "POST", "/a/") == claim_key("k", "POST", "/%61") == claim_key("k", "POST", "/a")
