"""Whatever a service answers, the client raises errors of its own: those that say that the answer is none."""

from typing import Any

import httpx
import orjson
import pytest

from modelet.client import Bearer, Client
from modelet.errors import InvalidRequest, ModeletError, Unavailable
from tests.client.asking import Ask, both
from tests.client.raw import ANSWER, SIGNATURE, http, serving
from tests.client.test_conversation import WISH, X, conversation, hold, ok

UNREADABLE = "The service's answer cannot be read: "
OUTPUT: dict[str, Any] = ANSWER["outputs"][0]  # type: ignore[assignment]


def answered(output: object, **headers: str) -> httpx.Response:
    return ok({**ANSWER, "outputs": [output]}, **headers)


@both
@pytest.mark.parametrize("status", [200, 400])
def test_a_compressed_answer_that_is_damaged(ask: Ask, status: int) -> None:
    damaged = http(status, b"no gzip", content_encoding="gzip")

    with serving(lambda _: damaged) as service, pytest.raises(ModeletError, match=UNREADABLE):
        ask(service.url)


@both
@pytest.mark.parametrize("place", ["http://[::bad", "ftp://127.0.0.1/x", "http://127.0.0.1:70000/", "http:///x"])
def test_an_answer_that_lies_nowhere(ask: Ask, place: str) -> None:
    with serving(lambda _: http(303, location=place)) as service, pytest.raises(ModeletError, match=UNREADABLE):
        ask(service.url)

    assert len(service.seen) == 2, "asking again would have led to nothing either"


def test_a_service_whose_answer_is_damaged_is_not_ready() -> None:
    damaged = http(200, b"no gzip", content_encoding="gzip")

    with serving(lambda _: damaged) as service, Client(service.url) as client:
        assert not client.ready()


@pytest.mark.parametrize(
    "output",
    [
        "y",
        None,
        {**OUTPUT, "data": None},
        {**OUTPUT, "datatype": "ZZ"},
        {**OUTPUT, "datatype": "UINT8", "data": [300, 1]},
        {**OUTPUT, "shape": ["a"]},
        {**OUTPUT, "parameters": "none"},
        {**OUTPUT, "parameters": {"binary_data_size": -4}},
        {**OUTPUT, "parameters": {"binary_data_size": "4"}},
        {**OUTPUT, "parameters": {"binary_data_size": 0}, "datatype": "ZZ"},
        {**OUTPUT, "parameters": {"binary_data_size": 0}, "shape": [2**40, 2**40]},
    ],
    ids=repr,
)
def test_an_output_that_is_none(output: object) -> None:
    with pytest.raises(ModeletError, match=UNREADABLE):
        hold(conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), answered(output))


def test_parameters_may_be_null() -> None:
    said = answered({**OUTPUT, "parameters": None})

    assert hold(conversation().predict("m", {"x": X}, WISH), ok(SIGNATURE), said)[1].outputs["y"].tolist() == [1, 2.5]


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "4"])
def test_a_header_length_is_a_number_within_the_answer_or_told(length: str) -> None:
    said = httpx.Response(200, content=orjson.dumps(ANSWER), headers={"inference-header-content-length": length})
    talk = conversation().predict("m", {"x": X}, WISH)

    if length == "4":
        with pytest.raises(ModeletError, match=UNREADABLE):
            hold(talk, ok(SIGNATURE), said)
    else:
        assert hold(talk, ok(SIGNATURE), said)[1].version == 7


def test_a_time_to_wait_of_thousands_of_digits_is_too_long() -> None:
    away = httpx.Response(503, json={"error": "closed", "code": "unavailable"}, headers={"retry-after": "9" * 5000})

    with pytest.raises(Unavailable, match="closed"):
        hold(conversation().metadata("m", None), away)


@pytest.mark.parametrize(
    "inputs",
    [
        None,
        5,
        ["x"],
        [{}],
        [{"name": "x", "shape": [1]}],
        [{"name": "x", "datatype": "FP32"}],
        [{"name": 5, "datatype": "FP32", "shape": [1]}],
        [{"name": "x", "datatype": None, "shape": [1]}],
        [{"name": "x", "datatype": "FP32", "shape": "any"}],
        [{"name": "x", "datatype": "ZZ", "shape": [1]}],
    ],
    ids=repr,
)
def test_a_signature_that_is_none(inputs: object) -> None:
    with pytest.raises(ModeletError, match=UNREADABLE):
        hold(conversation().predict("m", {"x": X}, WISH), ok({"name": "m", "inputs": inputs}))


def test_a_datatype_that_is_unknown_here_may_still_be_read_about() -> None:
    said = {"name": "m", "inputs": [{"name": "x", "datatype": "FP8", "shape": [1]}]}

    assert hold(conversation().metadata("m", None), ok(said))[1] == said


@pytest.mark.parametrize(
    "upload",
    [
        None,
        {},
        "PUT",
        {"method": "PUT", "headers": {}},
        {"method": "PUT", "url": 5, "headers": {}},
        {"method": None, "url": "https://bucket/key", "headers": {}},
        {"method": "PUT", "url": "https://bucket/key", "headers": None},
        {"method": "PUT", "url": "https://bucket/key", "headers": {"a": 5}},
        {"method": "PUT", "url": "https://bucket/key", "headers": {}, "max_bytes": "many"},
    ],
    ids=repr,
)
def test_a_place_for_a_tensor_that_is_none(upload: object) -> None:
    handed = httpx.Response(201, json={"reference": "uploads/tensors/1", "upload": upload})
    talk = conversation(most_bytes=10).predict("m", {"x": X}, WISH)

    with pytest.raises(ModeletError, match=UNREADABLE):
        hold(talk, ok(SIGNATURE), handed)


@pytest.mark.parametrize("status", [502, 503, 504, 429])
def test_what_a_gateway_says_of_a_moment_is_unavailable(status: int) -> None:
    said = httpx.Response(status, json={"message": "Endpoint request timed out"})

    with pytest.raises(Unavailable, match=f"status {status}: Endpoint request timed out"):
        hold(conversation(attempts=1).metadata("m", None), said)


def test_a_redirect_that_no_service_answers_is_nobodys_mistake() -> None:
    with pytest.raises(ModeletError, match="status 307") as raised:
        hold(conversation().metadata("m", None), httpx.Response(307, headers={"location": "/login"}))

    assert not isinstance(raised.value, InvalidRequest)


def test_a_token_that_no_header_can_hold_is_the_callers_mistake() -> None:
    stranger = Bearer("two\nlines")

    with serving(lambda _: http(200, ANSWER)) as service, Client(service.url, auth=stranger) as client:
        with pytest.raises(InvalidRequest, match="cannot be sent"):
            client.metadata("m")
        assert service.seen == []


def test_a_name_that_no_url_can_hold_is_the_callers_mistake() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(InvalidRequest, match="cannot be sent"):
        client.metadata("m" * 70_000)
