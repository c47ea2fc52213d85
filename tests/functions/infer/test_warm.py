"""What a warm answer does, counted call by call: what can be kept from one request for the next is not made again.

A limit is what was counted when it was last set. Lower it when the count falls: whatever is undone then fails here.
"""

import json
import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest

from modelet.events import answering
from modelet.predict import Models
from modelet.store import open_store
from tests.entrances import event
from tests.published import digits, publish_model, serve

ROW = [float(number) / 7 for number in range(64)]
SIMPLE = event("http-api-predict", "/models/digits/predict", json.dumps({"image": ROW}))
V2 = event(
    "http-api-predict",
    "/v2/models/digits/infer",
    json.dumps({"inputs": [{"name": "image", "datatype": "FP32", "shape": [1, 64], "data": ROW}]}),
)


class Context:
    """What Lambda says of an invocation."""

    aws_request_id = "8a1b"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


@pytest.fixture(scope="module")
def models() -> Models:
    """A deployment as it is: with its log, and its limits."""
    store = open_store("memory://warm")
    publish_model(store, "digits", digits())
    return serve(store, log=True)


def calls(models: Models, asked: dict[str, Any]) -> Counter[str]:
    """The functions that an answer calls, Python's and built-in ones, by name."""
    made, context = Counter[str](), Context()

    def see(frame: FrameType, kind: str, held: Any) -> None:
        if kind == "call":
            made[frame.f_code.co_name] += 1
        elif kind == "c_call":
            made[held.__name__] += 1

    sys.setprofile(see)
    try:
        answer = answering.answer(models, asked, context)
    finally:
        sys.setprofile(None)
    assert answer["statusCode"] == 200
    return made - Counter(["setprofile"])


@pytest.mark.parametrize(("asked", "limit"), [(SIMPLE, 261), (V2, 280)], ids=["simple", "v2"])
def test_a_warm_answer_makes_no_more_calls_than_it_did(models: Models, asked: dict[str, Any], limit: int) -> None:
    for _ in range(3):
        answering.answer(models, asked, Context())

    # Of several, for the watchdog may have to be woken once in as long as a request may take.
    made = min((calls(models, asked) for _ in range(3)), key=Counter.total)

    assert made.total() <= limit, made


@pytest.mark.parametrize("asked", [SIMPLE, V2], ids=["simple", "v2"])
def test_a_warm_answer_starts_no_thread_and_writes_json_twice_its_body_and_its_line(
    models: Models, asked: dict[str, Any]
) -> None:
    for _ in range(3):
        answering.answer(models, asked, Context())

    made = calls(models, asked)

    assert (made["loads"], made["dumps"], made["run"] > 0) == (1, 2, True)
    assert {name for name in made if "thread" in name.lower()} == set()
