"""What is before a service takes less than the service does: what it refuses is uploaded, and sent once more."""

from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from modelet.client.conversation import SURE_BYTES
from modelet.client.talk import Pause, Send
from modelet.errors import PayloadTooLarge
from tests.client.raw import ANSWER
from tests.client.test_conversation import WISH, conversation, hold, ok

SIGNATURE = {
    "name": "m",
    "inputs": [{"name": name, "datatype": "FP32", "shape": [-1]} for name in ("large", "middle", "small")],
}
INPUTS = {name: np.zeros(count, np.float32) for name, count in (("small", 10), ("large", 300_000), ("middle", 100_000))}
REFUSED = httpx.Response(413, html="<h1>413 Request Entity Too Large</h1>", headers={"server": "awselb/2.0"})
UPLOADS = ["/uploads/tensors", "https://bucket/key?signed"]
INFER = "/v2/models/m/infer"


def handed(reference: str, **limit: int) -> list[httpx.Response]:
    upload = {"method": "PUT", "url": UPLOADS[1], "headers": {}, **limit}
    return [httpx.Response(201, json={"reference": reference, "upload": upload}), httpx.Response(200)]


def urls(said: list[Send | Pause]) -> list[str]:
    return [step.url for step in said if isinstance(step, Send)]


def referred(step: Send | Pause) -> dict[str, str]:
    """The references of a request, by input."""
    assert isinstance(step, Send)
    body = step.content or b""
    head = orjson.loads(body[: int(step.headers["inference-header-content-length"])])
    held = {described["name"]: described["parameters"].get("reference") for described in head["inputs"]}
    return {name: reference for name, reference in held.items() if reference}


def test_what_a_load_balancer_refuses_is_uploaded_and_sent_once_more() -> None:
    talk = conversation(most_bytes=4_500_000).predict("m", INPUTS, WISH)

    said, answer = hold(talk, ok(SIGNATURE), REFUSED, *handed("a"), *handed("b"), ok(ANSWER))

    assert urls(said)[1:] == [INFER, *UPLOADS, *UPLOADS, INFER]
    assert referred(said[-1]) == {"large": "a", "middle": "b"}
    assert answer.version == 7


def test_the_next_one_is_not_refused_again() -> None:
    talks = conversation(most_bytes=4_500_000)
    hold(talks.predict("m", INPUTS, WISH), ok(SIGNATURE), REFUSED, *handed("a"), *handed("b"), ok(ANSWER))

    said, _ = hold(talks.predict("m", INPUTS, WISH), *handed("c"), *handed("d"), ok(ANSWER))

    assert urls(said) == [*UPLOADS, *UPLOADS, INFER]
    assert referred(said[-1]) == {"large": "c", "middle": "d"}


def test_a_smaller_one_is_sent_whole() -> None:
    talks = conversation(most_bytes=4_500_000)
    hold(talks.predict("m", INPUTS, WISH), ok(SIGNATURE), REFUSED, *handed("a"), *handed("b"), ok(ANSWER))

    said, _ = hold(talks.predict("m", {**INPUTS, "large": np.zeros(9, np.float32)}, WISH), ok(ANSWER))

    assert urls(said) == [INFER]
    assert referred(said[-1]) == {}


def test_what_is_uploaded_of_a_body_does_not_hang_on_others() -> None:
    talks = conversation(most_bytes=600_000)
    first, _ = hold(talks.predict("m", INPUTS, WISH), ok(SIGNATURE), *handed("a"), ok(ANSWER))
    other = {"middle": np.zeros(140_000, np.float32)}
    hold(talks.predict("m", other, WISH), REFUSED, *handed("b"), ok(ANSWER))

    again, _ = hold(talks.predict("m", INPUTS, WISH), *handed("c"), ok(ANSWER))

    assert set(referred(first[-1])) == set(referred(again[-1])) == {"large"}


def test_what_is_refused_although_it_is_small_stays_refused() -> None:
    small: dict[str, Any] = {"small": np.zeros(SURE_BYTES // 8, np.float32)}

    with pytest.raises(PayloadTooLarge, match="413"):
        hold(conversation(most_bytes=4_500_000).predict("m", small, WISH), ok(SIGNATURE), REFUSED)


@pytest.mark.parametrize("status", [404, 405, 413])
def test_what_cannot_be_uploaded_is_too_large(status: int) -> None:
    talk = conversation(most_bytes=4_500_000).predict("m", INPUTS, WISH)

    with pytest.raises(PayloadTooLarge, match="Request Entity Too Large"):
        hold(talk, ok(SIGNATURE), REFUSED, httpx.Response(status))


def test_what_is_refused_again_is_told_and_teaches_nothing() -> None:
    talks = conversation(most_bytes=4_500_000)
    with pytest.raises(PayloadTooLarge):
        hold(talks.predict("m", INPUTS, WISH), ok(SIGNATURE), REFUSED, *handed("a"), *handed("b"), REFUSED)

    said, _ = hold(talks.predict("m", INPUTS, WISH), ok(ANSWER))

    assert urls(said) == [INFER]


def test_what_is_uploaded_already_is_not_uploaded_again() -> None:
    talk = conversation(most_bytes=600_000).predict("m", INPUTS, WISH)

    said, _ = hold(talk, ok(SIGNATURE), *handed("a"), REFUSED, *handed("b"), ok(ANSWER))

    assert urls(said)[1:] == [*UPLOADS, INFER, *UPLOADS, INFER]
    assert referred(said[-1]) == {"large": "a", "middle": "b"}


@pytest.mark.parametrize("spare", [0, -1])
def test_what_is_uploaded_already_counts_towards_the_limit_of_all_tensors(spare: int) -> None:
    limit = sum(INPUTS[name].nbytes for name in ("large", "middle")) + spare
    talk = conversation(most_bytes=600_000).predict("m", INPUTS, WISH)
    said, put = handed("b", max_bytes=limit)
    first = [ok(SIGNATURE), *handed("a", max_bytes=limit), REFUSED, said]

    if spare == 0:
        assert hold(talk, *first, put, ok(ANSWER))[1].version == 7
        return
    with pytest.raises(PayloadTooLarge):
        hold(talk, *first)
