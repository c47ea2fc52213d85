"""What was left for later is predicted by the local service too, as the bucket and Lambda would have it."""

import json
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from modelet.local import running
from modelet.local.answer import Response
from modelet.local.template import Function
from modelet.local.trigger import Trigger, deliver, object_created
from modelet.store import open_store
from tests.onnx_models import counting
from tests.published import publish_model

FUNCTION = Function("F", "f", ("ANY /a/{proxy+}",), timeout=900)
ID = "a" * 32
PATIENCE = 60.0
PAUSE = 0.02


def promise(answer_id: str = ID, status: int = 202) -> Response:
    return Response(status, (("location", f"/answers/{answer_id}"),))


class Handler:
    """Notes what it was called with, and raises as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: list[tuple[dict[str, Any], str]] = []
        self.called = threading.Event()
        self.go = threading.Event()
        self._failures = failures

    def __call__(self, event: dict[str, Any], context: Any) -> None:
        self.calls.append((event, context.aws_request_id))
        if len(self.calls) <= self._failures:
            raise ConnectionError("on purpose")
        self.called.set()
        assert self.go.wait(PATIENCE)


def test_a_promise_starts_the_handler_once() -> None:
    handler, trigger = Handler(), Trigger()

    for _ in range(3):
        trigger.watch(promise(), FUNCTION, handler)

    assert handler.called.wait(PATIENCE)
    ((event, _),) = handler.calls
    assert event["detail"]["object"]["key"] == f"requests/{ID}"
    handler.go.set()


@pytest.mark.parametrize(
    "response",
    [
        promise(status=200),
        Response(202, (("location", "/api/jobs/1"),)),
        Response(202, ()),
        Response(303, (("location", "/answers/x"),)),
    ],
)
def test_no_other_answer_is_a_promise(response: Response) -> None:
    handler, trigger = Handler(), Trigger()

    trigger.watch(response, FUNCTION, handler)
    trigger.watch(promise("b" * 32), FUNCTION, handler)

    assert handler.called.wait(PATIENCE)
    assert [event["detail"]["object"]["key"] for event, _ in handler.calls] == ["requests/" + "b" * 32]
    handler.go.set()


def test_what_raises_is_tried_again_by_the_same_invocation(capfd: pytest.CaptureFixture[str]) -> None:
    handler = Handler(failures=2)
    handler.go.set()

    deliver(ID, FUNCTION, handler, pauses=(0.0, 0.0))

    assert len(handler.calls) == 3
    assert len({(json.dumps(event), invocation) for event, invocation in handler.calls}) == 1
    assert "on purpose" in capfd.readouterr().err


def test_the_next_service_asks_as_the_same_invocation() -> None:
    handler = Handler()
    handler.go.set()

    for answer_id in (ID, ID, "b" * 32):
        deliver(answer_id, FUNCTION, handler)

    first, second, other = (invocation for _, invocation in handler.calls)
    assert first == second != other


def test_what_raises_each_time_is_given_up() -> None:
    handler = Handler(failures=10)

    deliver(ID, FUNCTION, handler, pauses=(0.0, 0.0))

    assert len(handler.calls) == 3


def test_each_object_has_an_event_of_its_own() -> None:
    assert object_created("requests/x")["id"] != object_created("requests/x")["id"]


@pytest.fixture(params=["folder", "s3"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A service behind a gateway that waits for a tenth of a second."""
    url, env = f"file://{tmp_path}/store", dict[str, str]()
    if request.param == "s3":
        url, env = request.getfixturevalue("s3_url"), request.getfixturevalue("s3_env")
    publish_model(open_store(url, env), "counting", counting())
    with running(url, env={**env, "MODELET_GATEWAY_SECONDS": "0.1", "MODELET_PRELOAD": "counting"}) as address:
        yield address


def ask(url: str, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, str], Any]:
    connection = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, {name.lower(): held for name, held in response.getheaders()}, json.load(response)
    finally:
        connection.close()


def wait_for(url: str, place: str) -> tuple[int, dict[str, str], Any]:
    """Look until the answer is there."""
    until = time.monotonic() + PATIENCE
    while True:
        answer = ask(url, "GET", place)
        if answer[0] != 202 or time.monotonic() > until:
            return answer
        threading.Event().wait(PAUSE)


def test_what_outlasts_the_gateway_is_predicted_later_over_http(service: str) -> None:
    path, body = "/models/counting/predict", {"rounds": 10**6}

    too_late = ask(service, "POST", path, body)
    status, headers, running_body = ask(service, "POST", path, body, prefer="respond-async")
    answer = wait_for(service, headers["location"])

    assert (too_late[0], too_late[2]["code"]) == (503, "run_stopped")
    assert (status, running_body["status"]) == (202, "running")
    assert (answer[0], answer[2]) == (200, {"count": 10**6})
    assert answer[1]["x-modelet-model"] == "counting"


def test_what_was_left_when_the_service_ended_is_predicted_by_the_next(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    store = open_store(url)
    publish_model(store, "counting", counting())
    with running(url) as first:
        _, headers, _ = ask(first, "POST", "/models/counting/predict", {"rounds": 10**12}, prefer="respond-async")
        place = headers["location"]
    answer_id = place.removeprefix("/answers/")
    head, _, body = read(url, f"requests/{answer_id}").partition(b"\n")
    store.put(f"requests/{answer_id}", [head, b"\n", body.replace(b"1000000000000", b"3")])
    assert json.loads(read(url, f"answers/{answer_id}/attempt"))["until"] > time.time() + 600

    with running(url) as second:
        status, _, answer = wait_for(second, place)

    assert (status, answer) == (200, {"count": 3})


def read(url: str, key: str) -> bytes:
    found = open_store(url).get(key)
    assert found is not None
    return found.data
