"""Deadlines: a run or a load that would outlast what the gateway or Lambda waits is answered with 503 in time, and
whatever else is asked, then or meanwhile, is answered as ever. The model counts for as long as it is told to.
"""

import json
import threading
from dataclasses import dataclass
from typing import Any

import pytest

from modelet.events import answering
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.registry.keys import aliases_key
from modelet.store import open_store
from tests.entrances import Answer, ask, post
from tests.onnx_models import counting, multiplying, scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore

FOR_EVER = 10**12
PATH = "/models/counting/predict"


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda passes beside an event of a function that has `milliseconds` left."""

    milliseconds: int
    aws_request_id: str = "8a1b"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def models() -> Models:
    """A deployment behind a gateway that waits for a fifth of a second; its model is warm."""
    made = serve(published(), gateway_seconds=0.2, log=True)
    made.session("counting")
    return made


def published() -> Any:
    store = open_store("memory://counting")
    publish_model(store, "counting", counting())
    return store


def direct(models: Models, rounds: int, milliseconds: int | None = None) -> dict[str, Any]:
    event = {"model": "counting", "inputs": {"rounds": rounds}}
    return answering.answer(models, event, None if milliseconds is None else Context(milliseconds))


def assert_too_late(answer: Answer, code: str = "run_stopped") -> None:
    assert (answer.status, answer.body["code"]) == (503, code)
    assert answer.headers["retry-after"] == "1"


def test_a_run_that_the_gateway_cannot_wait_for_is_stopped(models: Models, capfd: pytest.CaptureFixture[str]) -> None:
    answer = post(models, PATH, {"rounds": FOR_EVER})

    assert_too_late(answer)
    assert "Model 'counting' version 1 was stopped" in answer.body["error"]
    assert list(answer.timing)[:4] == ["decode", "resolve", "run", "encode"]
    captured = capfd.readouterr()
    line = json.loads(captured.out)
    assert (line["status"], line["code"], line["errors"], captured.err) == (503, "run_stopped", 1, "")


def test_the_same_session_answers_the_next_request(models: Models) -> None:
    session = models.session("counting")

    for _ in range(3):
        assert_too_late(post(models, PATH, {"rounds": FOR_EVER}))

        assert direct(models, 7)["outputs"] == {"count": 7}
        assert models.session("counting") is session


def test_a_direct_invoke_is_stopped_before_lambda_would_end_it(models: Models) -> None:
    answer = direct(models, FOR_EVER, milliseconds=200)

    assert (answer["status"], answer["code"]) == (503, "run_stopped")


def test_the_smaller_limit_counts() -> None:
    patient = serve(published(), gateway_seconds=3600.0)
    event = {"rawPath": PATH, "requestContext": {"http": {"method": "POST"}}, "body": json.dumps({"rounds": FOR_EVER})}

    answer = answering.answer(patient, event, Context(200))

    assert answer["statusCode"] == 503


def test_a_request_whose_time_is_up_does_not_run(models: Models) -> None:
    answer = direct(models, 7, milliseconds=0)

    assert (answer["status"], answer["code"]) == (503, "deadline_exceeded")


def test_without_a_limit_a_run_takes_as_long_as_it_takes(models: Models) -> None:
    stopped = post(models, PATH, {"rounds": FOR_EVER})
    rounds = 10**6  # several times as long as the gateway waits

    answer = direct(models, rounds)

    assert_too_late(stopped)
    assert answer["outputs"] == {"count": rounds}


def test_a_runaway_stops_nobody_else(models: Models) -> None:
    answers: list[dict[str, Any]] = []
    runaways = [
        threading.Thread(target=lambda: answers.append(direct(models, FOR_EVER, milliseconds=500))) for _ in range(2)
    ]
    for thread in runaways:
        thread.start()

    counted = [direct(models, 3, milliseconds=60_000)["outputs"]["count"]]
    while any(thread.is_alive() for thread in runaways):
        counted.append(direct(models, 3, milliseconds=60_000)["outputs"]["count"])

    assert set(counted) == {3}
    assert [answer["code"] for answer in answers] == ["run_stopped"] * 2


def test_an_answer_does_not_wait_for_a_node_that_cannot_be_stopped() -> None:
    store = published()
    publish_model(store, "multiplying", multiplying())
    models = serve(store)
    for name in ("multiplying", "counting"):
        models.session(name)
    before = set(threading.enumerate())
    event = {"model": "multiplying", "inputs": {"side": [3000, 3000], "x": [[1]]}}

    late = answering.answer(models, event, Context(20))
    still_running = [thread for thread in threading.enumerate() if thread not in before]
    others = [direct(models, 3, milliseconds=60_000)["outputs"]["count"] for _ in range(2)]
    for thread in still_running:
        thread.join()

    assert (late["status"], late["code"]) == (503, "run_stopped")
    assert len(still_running) == 1
    assert others == [3, 3]
    assert answering.answer(models, event, Context(60_000))["outputs"]["sum"] == pytest.approx(3000**3, rel=0.1)


class HeldUp:
    """Holds reads of one object up until it is let go."""

    def __init__(self, key: str) -> None:
        self.go = threading.Event()
        self.reads = 0
        self._key = key

    def __call__(self, verb: str, key: str) -> None:
        if key == self._key:
            self.reads += 1
            assert self.go.wait(10)


@pytest.mark.parametrize("read", ["artifact", "aliases"])
def test_a_read_that_nobody_can_wait_for_goes_on_for_the_next_request(read: str) -> None:
    store = open_store(f"memory://held-up-{read}")
    artifact = publish_model(store, "double", scale(2.0)).artifact
    held = HeldUp(blob_key("double", artifact.sha256) if read == "artifact" else aliases_key("double"))
    models = serve(WatchedStore(store, held), gateway_seconds=0.2)

    answers = [post(models, "/models/double/predict", {"x": [1, 2]}) for _ in range(3)]
    held.go.set()
    models.session("double")

    for answer in answers:
        assert_too_late(answer, "deadline_exceeded")
        assert "takes longer than this request can wait" in answer.body["error"]
    assert ask(models, {"model": "double", "inputs": {"x": [1, 2]}}).body["outputs"] == {"y_pred": [2, 4]}
    assert held.reads == 1 or read == "aliases"
