"""Compressed bodies, both ways: what is read, what is refused, and which encoding an answer has."""

import gzip
import json
import tracemalloc
import zlib

import numpy as np
import pytest

from modelet.errors import PayloadTooLarge
from modelet.events import answering
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.compression import choose, compress, inflate
from modelet.store import open_store
from tests.entrances import event
from tests.onnx_models import scale
from tests.protocols.binary_bodies import send
from tests.published import publish_model, serve

BODY = json.dumps({"x": [[1.0, 2.0]] * 200}).encode()
ROWS = [[2.0, 4.0]] * 200
PATH = "/models/double/predict"
LIMIT = 100_000


@pytest.fixture(scope="module")
def models() -> Models:
    store = open_store("memory://compression")
    publish_model(store, "double", scale(2.0))
    return serve(store, max_inflated_bytes=LIMIT)


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("gzip", gzip.compress(BODY)),
        ("GZIP ", gzip.compress(BODY)),
        ("x-gzip", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("gzip", gzip.compress(BODY[:7]) + gzip.compress(b"") + gzip.compress(BODY[7:])),
        ("gzip", b"".join(gzip.compress(BODY[at : at + 1]) for at in range(len(BODY)))),
        ("identity", BODY),
        ("", BODY),
    ],
)
def test_a_body_is_read_in_each_encoding(models: Models, coding: str, sent: bytes) -> None:
    reply = send(models, PATH, sent, {"content-encoding": coding})

    assert (reply.status, reply.json) == (200, {"y_pred": ROWS})


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd", "\x00"])
def test_another_encoding_is_refused_with_those_that_are_read(models: Models, coding: str) -> None:
    reply = send(models, PATH, BODY, {"content-encoding": coding})

    assert (reply.status, reply.json["code"]) == (415, "unsupported_media_type")
    assert reply.headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    ("coding", "sent", "words"),
    [
        ("gzip", BODY, "is not valid gzip data"),
        ("deflate", gzip.compress(BODY), "is not valid deflate data"),
        ("gzip", gzip.compress(BODY)[:-9], "gzip data end too early"),
        ("gzip", gzip.compress(BODY) + b"12", "has 2 bytes more than its gzip data"),
        ("gzip", gzip.compress(BODY)[:-8] + bytes(8), "is not valid gzip data"),
        ("gzip", gzip.compress(BODY) * 2 + b"12", "has 2 bytes more than its gzip data"),
        ("gzip", gzip.compress(BODY) + gzip.compress(BODY)[:-1], "gzip data end too early"),
        ("gzip", gzip.compress(BODY) + b"\x1f\x8b12", "is not valid gzip data"),
        ("deflate", zlib.compress(BODY) * 2, f"has {len(zlib.compress(BODY))} bytes more than its deflate data"),
    ],
)
def test_damaged_data_are_refused(models: Models, coding: str, sent: bytes, words: str) -> None:
    reply = send(models, PATH, sent, {"content-encoding": coding})

    assert (reply.status, reply.json["code"]) == (400, "invalid_request")
    assert words in reply.json["error"]


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_may_be_as_large_as_the_limit_when_it_is_inflated(
    models: Models, coding: str, size: int, status: int
) -> None:
    deflate = gzip.compress if coding == "gzip" else zlib.compress

    reply = send(models, PATH, deflate(BODY.ljust(size)), {"content-encoding": coding})

    assert reply.status == status
    assert status == 200 or f"the limit is {LIMIT}: POST /uploads/tensors takes" in reply.json["error"]


def test_all_members_together_may_be_as_large_as_the_limit(models: Models) -> None:
    halves = [gzip.compress(BODY.ljust(LIMIT // 2)), gzip.compress(b" " * (LIMIT // 2))]

    statuses = [
        send(models, PATH, b"".join(halves) + more, {"content-encoding": "gzip"}).status
        for more in (b"", gzip.compress(b""), gzip.compress(b" "))
    ]

    assert statuses == [200, 200, 413]


def test_a_bomb_is_never_inflated_beyond_the_limit() -> None:
    bomb = zlib.compress(bytes(100_000_000))

    tracemalloc.start()
    with pytest.raises(PayloadTooLarge):
        inflate(HttpRequest("POST", PATH, {"content-encoding": "deflate"}, body=bomb), LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * LIMIT


def test_what_was_inflated_says_nothing_of_what_it_was() -> None:
    sent = gzip.compress(BODY)
    headers = {"content-encoding": "gzip", "content-length": str(len(sent)), "accept": "*/*"}

    request = inflate(HttpRequest("POST", PATH, headers, body=sent), LIMIT)

    assert (request.body, request.headers) == (BODY, {"accept": "*/*"})


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br", "gzip"),
        ("deflate", "deflate"),
        ("x-gzip", "gzip"),
        ("GZip;Q=0.5", "gzip"),
        ("gzip;q=0.5, deflate;q=0.8", "deflate"),
        ("gzip ; q=0.5 , deflate ; q=0.4", "gzip"),
        ("*", "gzip"),
        ("gzip;q=0, *", "deflate"),
        ("identity;q=0.5, gzip;q=1.0", "gzip"),
        ("identity, gzip;q=0.5", None),
        ("gzip;q=0", None),
        ("gzip;q=high", None),
        ("gzip;q=nan", None),
        ("*;q=0", None),
        ("br", None),
        ("identity", None),
        ("", None),
        (",;,q=1;=", None),
    ],
)
def test_the_caller_chooses_the_encoding(accepted: str, coding: str | None) -> None:
    assert choose(accepted) == coding


@pytest.mark.parametrize(("coding", "wbits"), [("gzip", 31), ("deflate", 15)])
def test_an_answer_leaves_compressed_as_base64(models: Models, coding: str, wbits: int) -> None:
    reply = send(models, PATH, BODY, {"accept-encoding": coding})

    assert (reply.headers["content-encoding"], reply.headers["vary"]) == (coding, "accept-encoding")
    assert reply.headers["content-type"] == "application/json"
    assert json.loads(zlib.decompress(reply.body, wbits)) == {"y_pred": ROWS}


@pytest.mark.parametrize(
    ("entrance", "context", "compressed"),
    [
        ("http-api-predict", {}, True),
        ("function-url-predict", {}, True),
        ("rest-predict", {}, False),
        (
            "rest-predict",
            {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/m/1"}},
            True,
        ),
    ],
)
def test_only_who_decodes_base64_is_sent_it(
    models: Models, entrance: str, context: dict[str, object], compressed: bool
) -> None:
    asked = event(entrance, PATH, BODY.decode())
    asked["headers"]["Accept-Encoding"] = "gzip"
    asked["requestContext"].update(context)

    answer = answering.answer(models, asked, None)

    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, compressed)


def test_a_small_answer_stays_as_it_is(models: Models) -> None:
    reply = send(models, PATH, b'{"x": [[1.0, 2.0]]}', {"accept-encoding": "gzip"})

    assert "content-encoding" not in reply.headers
    assert reply.json == {"y_pred": [[2.0, 4.0]]}


def test_an_answer_that_would_become_larger_stays_as_it_is() -> None:
    noise = np.random.default_rng(0).bytes(2000)

    response = compress(HttpResponse(200, noise), "gzip")

    assert (response.body, response.headers) == (noise, {"vary": "accept-encoding"})


def test_what_is_compressed_already_is_not_compressed_again() -> None:
    response = HttpResponse(200, BODY, {"content-encoding": "br"})

    assert compress(response, "gzip") is response


def test_the_readers_and_writers_of_json_may_be_asked_for_nothing_else(models: Models) -> None:
    reply = send(models, PATH, BODY, {"accept-encoding": "br;q=1.0, *;q=0"})

    assert (reply.status, reply.json) == (200, {"y_pred": ROWS})
    assert "content-encoding" not in reply.headers
