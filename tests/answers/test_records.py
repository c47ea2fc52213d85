"""Requests and answers come back from the store as they were."""

import pytest

from modelet.answers.keys import answer_key, body_key, check_id, new_id, request_key, requested_id
from modelet.answers.records import keep_answer, leave_request, read_answer, read_request
from modelet.errors import AnswerNotFound, CorruptObject
from modelet.messages import HttpRequest, HttpResponse
from modelet.store.base import CHUNK_BYTES, Store

BINARY = bytes(range(256)) + b"\n{}\n"
HEADERS = {"content-type": "application/octet-stream", "x-modelet-version": "3"}


@pytest.mark.parametrize("body", [b"", BINARY, BINARY * (CHUNK_BYTES // 128)], ids=["empty", "small", "large"])
def test_an_answer_comes_back_byte_for_byte(store: Store, body: bytes) -> None:
    response = HttpResponse(207, body, HEADERS)

    assert keep_answer(store, "a" * 32, response, 12.5) is response

    assert read_answer(store, "a" * 32) == (response, 12.5)


@pytest.mark.parametrize("large", [False, True])
def test_the_first_answer_stays(store: Store, large: bool) -> None:
    bodies = [mark * (CHUNK_BYTES + 1 if large else 1) for mark in (b"1", b"2")]
    first, second = (HttpResponse(200, body, HEADERS) for body in bodies)
    keep_answer(store, "a" * 32, first, 1.0)

    assert keep_answer(store, "a" * 32, second, 2.0) == first

    assert read_answer(store, "a" * 32) == (first, 1.0)


def test_a_request_comes_back_as_it_was_and_is_left_once(store: Store) -> None:
    request = HttpRequest("POST", "/p/\udcff", {"a": "\ud800"}, {"q": "é"}, BINARY)
    leave_request(store, "a" * 32, request, 7.0)

    leave_request(store, "a" * 32, request._replace(body=b"another"), 8.0)

    assert read_request(store, "a" * 32) == (request, 7.0)


def test_what_is_not_there_is_told(store: Store) -> None:
    assert read_answer(store, "a" * 32) is None
    with pytest.raises(AnswerNotFound, match="send the request again"):
        read_request(store, "a" * 32)


def test_what_was_damaged_is_called_by_its_name(store: Store) -> None:
    store.put(answer_key("a" * 32), [b"no JSON\n"])
    store.put(request_key("a" * 32), [b""])
    keep_answer(store, "b" * 32, HttpResponse(200, b"x" * (CHUNK_BYTES + 1)), 1.0)
    (body,) = store.scan("answers/" + "b" * 32 + "/bodies/")
    store.put(body.key, [b"y"])

    with pytest.raises(CorruptObject, match=answer_key("a" * 32)):
        read_answer(store, "a" * 32)
    with pytest.raises(CorruptObject, match=request_key("a" * 32)):
        read_request(store, "a" * 32)
    with pytest.raises(CorruptObject, match="is not what its digest says"):
        read_answer(store, "b" * 32)
    store.delete(body.key)
    with pytest.raises(CorruptObject, match="is missing"):
        read_answer(store, "b" * 32)


def test_ids_differ_and_are_keys() -> None:
    ids = {new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert {requested_id(request_key(check_id(answer_id))) for answer_id in ids} == ids


@pytest.mark.parametrize("name", ["", "a", "../claim", "A" * 32, "a" * 33, "a" * 64, "a" * 31 + "\n", "é" * 32])
def test_what_is_no_id_leads_nowhere(name: str) -> None:
    with pytest.raises(AnswerNotFound):
        check_id(name)
    assert requested_id(request_key(name)) is None


def test_a_request_is_known_below_any_prefix() -> None:
    assert requested_id("some/prefix/requests/" + "a" * 32) == "a" * 32
    assert requested_id(body_key("a" * 32, "b" * 64)) is None
    assert requested_id("myrequests/" + "a" * 32) is None
