"""Responses as Lambda sends them: the size that is checked is the size that is sent, and bytes stay what they are."""

import base64
import json
from typing import Any

import orjson
import pytest

from modelet.errors import PayloadTooLarge
from modelet.events.encoding import check_size, encode_direct, encode_http
from modelet.messages import HttpResponse

JSON = {"content-type": "application/json"}
BINARY = {"content-type": "application/octet-stream"}
LIMIT = 600


def sent(response: HttpResponse, http: bool) -> int:
    """The bytes that the runtime makes of a body, without the quotes around text."""
    body: Any = encode_http(response)["body"] if http else encode_direct(response)
    return len(json.dumps(body, ensure_ascii=False).encode()) - (2 if http else 0)


def bodies(http: bool) -> list[HttpResponse]:
    """Answers of every size around the limit, with few marks that make them larger, and with almost nothing else."""
    held = [
        *({"x": "é" * size} for size in range(LIMIT // 4, LIMIT // 2)),
        *({"x": '"\\' * size} for size in range(LIMIT // 8, LIMIT // 4)),
        *({"x": [1] * size} for size in range(LIMIT // 4, LIMIT // 2)),
        *({str(number): {} for number in range(size)} for size in range(LIMIT // 12, LIMIT // 6)),
        *({"x": [1e-7] * size} for size in range(LIMIT // 10, LIMIT // 5)),
        *({"x": [1e-5, 1.5e-10, 1e22, 1e16] * size} for size in range(LIMIT // 50, LIMIT // 20)),
    ]
    texts = list(map(orjson.dumps, held))
    binary = [HttpResponse(200, b"\x00" * size, BINARY) for size in range(LIMIT // 2, LIMIT)] if http else []
    return [HttpResponse(200, text, JSON) for text in texts] + binary


@pytest.mark.parametrize("http", [True, False])
def test_exactly_what_is_larger_than_the_limit_when_it_is_sent_is_refused(http: bool) -> None:
    passed, refused = set(), set()

    for response in bodies(http):
        size = sent(response, http)
        if is_refused(response, http, size):
            refused.add(size)
        else:
            passed.add(size)

    assert (max(passed), min(refused)) == (LIMIT, LIMIT + 1)


@pytest.mark.parametrize("number", [1e-7, -2.5e-9, 1e22, 1e16, 1e-5, 123456789012345680.0, 1.5])
def test_no_number_makes_more_of_a_direct_answer_than_is_counted(number: float) -> None:
    for size in range(1, 2 * LIMIT):
        response = HttpResponse(200, orjson.dumps({"x": [number] * size}), JSON)
        if sent(response, False) > LIMIT:
            with pytest.raises(PayloadTooLarge):
                check_size(response, False, LIMIT)


def is_refused(response: HttpResponse, http: bool, size: int) -> bool:
    try:
        check_size(response, http, LIMIT)
    except PayloadTooLarge as error:
        return f"The answer has {size} bytes; the limit is {LIMIT}" in error.message
    return False


@pytest.mark.parametrize("body", [b"", b"text", bytes(range(256)), b"\x00" * 9])
def test_what_is_not_json_is_base64_even_where_it_could_be_text(body: bytes) -> None:
    answer = encode_http(HttpResponse(200, body, BINARY))

    assert (answer["isBase64Encoded"], base64.b64decode(answer["body"], validate=True)) == (True, body)


def test_json_is_text() -> None:
    answer = encode_http(HttpResponse(404, '{"é":1}'.encode(), JSON))

    assert answer == {
        "statusCode": 404,
        "headers": JSON,
        "body": '{"é":1}',
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(("status", "extra"), [(200, {}), (404, {"status": 404})])
def test_a_direct_answer_is_the_object_and_only_an_error_has_its_status(status: int, extra: dict[str, int]) -> None:
    assert encode_direct(HttpResponse(status, b'{"a":1}', JSON)) == {"a": 1} | extra
