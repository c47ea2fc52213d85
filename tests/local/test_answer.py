"""What a handler answers becomes the response that API Gateway makes of it."""

from typing import Any

import pytest

from modelet.local.answer import JSON, TEXT, Response, http_response


def test_a_whole_answer_is_taken_as_it_is() -> None:
    response = http_response({"statusCode": 201, "headers": {"Content-Type": "text/csv", "X-A": "b"}, "body": "1,é"})

    assert response == Response(201, (("content-type", "text/csv"), ("x-a", "b")), "1,é".encode())


def test_a_body_in_base64_is_decoded() -> None:
    response = http_response({"statusCode": 200, "body": "/wAB", "isBase64Encoded": True})

    assert response.body == b"\xff\x00\x01"


def test_each_cookie_is_a_header_and_takes_the_place_of_the_one_among_the_headers() -> None:
    answer = {"statusCode": 200, "headers": {"Set-Cookie": "old=1"}, "cookies": ["a=1; Secure", "b=2"]}

    response = http_response(answer)

    assert response.headers == (TEXT, ("set-cookie", "a=1; Secure"), ("set-cookie", "b=2"))


def test_numbers_and_booleans_are_values_of_headers_too() -> None:
    response = http_response({"statusCode": "200", "headers": {"retry-after": 3, "x-cold": True}})

    assert response.headers == (TEXT, ("retry-after", "3"), ("x-cold", "true"))


def test_the_length_is_that_of_the_body_whatever_the_handler_says() -> None:
    response = http_response(
        {"statusCode": 200, "headers": {"Content-Length": "999", "Connection": "close"}, "body": ""}
    )

    assert response.headers == (TEXT,)


@pytest.mark.parametrize(
    ("answer", "body"),
    [("Hello", b"Hello"), ({"message": "Hello"}, b'{"message": "Hello"}'), ([1, 2], b"[1, 2]"), (None, b"null")],
)
def test_an_answer_without_a_status_is_a_body(answer: Any, body: bytes) -> None:
    assert http_response(answer) == Response(200, (JSON,), body)


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "soon"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 1000},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": b"a"},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"x": ["a"]}},
        {"statusCode": 200, "headers": {"x": "a\r\nset-cookie: b"}},
        {"statusCode": 200, "headers": {"x y": "a"}},
        {"statusCode": 200, "headers": {"x": "世界"}},
        {"statusCode": 200, "headers": "x"},
        {"statusCode": 200, "cookies": [1j]},
        {"statusCode": 200, "cookies": 1},
        object(),
        {"a": b"bytes"},
        float("nan"),
        "\ud800",
    ],
)
def test_nonsense_is_refused(answer: Any) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        http_response(answer)


def test_the_name_of_a_header_is_read_once_however_many_answers_have_it() -> None:
    first, second = (
        http_response({"statusCode": 200, "headers": {name.title(): "1", "content-type": "text/plain"}})
        for name in ["x-checked"] * 2
    )

    assert first.headers[0][0] == "x-checked"
    assert first.headers[0][0] is second.headers[0][0]
