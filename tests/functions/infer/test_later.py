"""`Prefer: respond-async`: a request is left, the bucket tells of it, and its answer is kept for whoever looks.

Most tests play the bucket and Lambda: they call the handler with the literal event, and again where it raises.
"""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelet.answers.attempts import begin_attempt
from modelet.answers.keys import request_key
from modelet.errors import AnswerNotFound, StoreUnavailable, Unanswered
from modelet.events import answering
from modelet.events.later import fulfil
from modelet.messages import HttpRequest
from modelet.predict import Models
from modelet.protocols.later import look, wants_later
from modelet.store import open_store
from modelet.store.base import Store
from modelet.store.signed import SignedFolder
from tests.entrances import load
from tests.functions.infer.asking import Reply, send
from tests.onnx_models import counting, scale
from tests.published import filled, publish_model, serve
from tests.watched_store import WatchedStore

PATH = "/models/double/predict"
BODY = '{"x": [[1, 2]]}'
LATER = {"Prefer": "respond-async"}
RUNS_SECONDS = 60_000


@dataclass(frozen=True, slots=True)
class Invocation:
    """What Lambda passes beside the event; it keeps the id when it tries again."""

    aws_request_id: str
    milliseconds: int = RUNS_SECONDS

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@pytest.fixture
def models(store: Store) -> Models:
    publish_model(store, "double", scale(2.0))
    return serve(store)


def created(answer_id: str) -> dict[str, Any]:
    event = load("s3-request-left")
    event["detail"]["object"]["key"] = request_key(answer_id)
    return event


def leave(models: Models, path: str = PATH, body: str | bytes = BODY, headers: dict[str, str] | None = None) -> str:
    """Leave a request and answer its id."""
    accepted = send(models, path, body, {**LATER, **(headers or {})})
    assert accepted.status == 202
    return accepted.headers["location"].removeprefix("/answers/")


def invoke(models: Models, answer_id: str, by: str = "one") -> dict[str, Any]:
    return answering.answer(models, created(answer_id), Invocation(by))


def get(models: Models, answer_id: str, method: str = "GET") -> Reply:
    return send(models, f"/answers/{answer_id}", method=method)


def test_a_request_is_left_and_answered_when_the_bucket_tells(models: Models) -> None:
    now = send(models, PATH, BODY)
    accepted = send(models, PATH, BODY, LATER)
    answer_id = json.loads(accepted.body)["id"]

    early = get(models, answer_id)
    done = invoke(models, answer_id)

    running = {"id": answer_id, "status": "running"}
    assert (accepted.status, json.loads(accepted.body)) == (202, running)
    assert accepted.headers == {
        "content-type": "application/json",
        "location": f"/answers/{answer_id}",
        "preference-applied": "respond-async",
        "retry-after": "1",
    }
    assert (early.status, json.loads(early.body), early.headers["retry-after"]) == (202, running, "1")
    assert done == {"id": answer_id, "status": 200}
    assert get(models, answer_id) == now
    assert get(models, answer_id, "HEAD") == Reply(200, b"", now.headers)


def test_no_two_requests_have_one_id(models: Models) -> None:
    assert leave(models) != leave(models)


def test_with_a_key_a_repetition_is_given_the_same_place(models: Models, store: Store) -> None:
    headers = {**LATER, "Idempotency-Key": "k-1"}
    first = send(models, PATH, BODY, headers)
    second = send(models, PATH, BODY, headers)
    invoke(models, json.loads(first.body)["id"])

    third = send(models, PATH, BODY, headers)

    assert second == third == Reply(202, first.body, first.headers | {"idempotency-replayed": "true"})
    assert [entry.key for entry in store.scan("requests/")] == [request_key(json.loads(first.body)["id"])]


def test_a_repetition_leaves_the_request_that_a_dead_process_did_not(models: Models, store: Store) -> None:
    headers = {**LATER, "Idempotency-Key": "k-1"}
    answer_id = json.loads(send(models, PATH, BODY, headers).body)["id"]
    store.delete(request_key(answer_id))

    send(models, PATH, BODY, headers)

    assert invoke(models, answer_id) == {"id": answer_id, "status": 200}


def test_a_binary_answer_comes_as_it_is(models: Models) -> None:
    values = np.array([[1.5, -0.0]], np.float32)
    tensor = {"name": "x", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": values.nbytes}}
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    headers = {"inference-header-content-length": str(len(head)), "content-type": "application/octet-stream"}
    path, body = "/v2/models/double/infer", head + values.tobytes()
    now = send(models, path, body, headers)

    answer_id = leave(models, path, body, headers)
    invoke(models, answer_id)

    assert get(models, answer_id) == now
    assert now.body.endswith((values * 2).tobytes())


def test_a_compressed_request_may_be_larger_than_what_is_sent_as_it_is(store: Store) -> None:
    import gzip

    publish_model(store, "double", scale(2.0))
    models = serve(store, max_body_bytes=3000)
    body = json.dumps({"x": [[1, 2]] * 1000})

    answer_id = leave(models, body=gzip.compress(body.encode()), headers={"content-encoding": "gzip"})
    invoke(models, answer_id)

    assert json.loads(get(models, answer_id).body) == {"y_pred": [[2, 4]] * 1000}


def test_an_answer_that_is_too_large_to_be_sent_is_redirected_to(tmp_path: Path) -> None:
    store = SignedFolder(tmp_path, f"file://{tmp_path}", "http://127.0.0.1:1", "secret")
    publish_model(store, "filled", filled())
    models = serve(store)

    answer_id = leave(models, "/models/filled/predict", '{"s": [3000000]}')

    assert invoke(models, answer_id)["status"] == 200
    answer = get(models, answer_id)
    assert (answer.status, json.loads(answer.body)["size"]) == (303, 12_000_007)
    assert answer.headers["x-modelet-model"] == "filled"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (PATH, '{"x": "text"}', 400, "invalid_input"),
        ("/models/nobody/predict", BODY, 404, "model_not_found"),
        ("/v2/models/double/infer", "no JSON", 400, "invalid_request"),
    ],
)
def test_a_mistake_is_an_answer_with_its_status(models: Models, path: str, body: str, status: int, code: str) -> None:
    answer_id = leave(models, path, body)

    assert invoke(models, answer_id) == {"id": answer_id, "status": status}

    answer = get(models, answer_id)
    assert (answer.status, json.loads(answer.body)["code"]) == (status, code)


def test_with_a_key_what_was_missing_begins_anew(models: Models, store: Store) -> None:
    headers, path = {**LATER, "Idempotency-Key": "k-1"}, "/v2/models/late/infer"
    body = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}]})
    early = json.loads(send(models, path, body, headers).body)["id"]
    assert invoke(models, early)["status"] == 404
    publish_model(store, "late", scale(5.0))

    again = json.loads(send(models, path, body, headers).body)["id"]

    assert again != early
    assert invoke(serve(store), again) == {"id": again, "status": 200}


def test_what_is_no_route_is_refused_at_once(models: Models) -> None:
    assert send(models, "/nowhere", BODY, LATER).status == 404


@pytest.mark.parametrize("answer_id", ["0" * 32, "x", "..%2f..", "0" * 64])
def test_what_nobody_asked_for_is_not_found(models: Models, answer_id: str) -> None:
    answer = get(models, answer_id)

    assert (answer.status, json.loads(answer.body)["code"]) == (404, "answer_not_found")


def test_what_has_expired_is_not_found_and_not_predicted(models: Models, store: Store) -> None:
    left, answered = leave(models), leave(models)
    invoke(models, answered)
    tomorrow = store.head(request_key(left)).modified + 2 * 86400

    for answer_id in (left, answered):
        with pytest.raises(AnswerNotFound):
            look(models, HttpRequest("GET", ""), answer_id, lambda: tomorrow)
    done = fulfil(models, created(left), Invocation("one"), lambda: tomorrow)

    assert done["code"] == "answer_not_found"
    assert get(models, left).status == 202


def test_a_second_telling_changes_nothing(models: Models, store: Store) -> None:
    answer_id = leave(models)
    invoke(models, answer_id)
    first = get(models, answer_id)
    publish_model(store, "double", scale(3.0))

    again = invoke(serve(store), answer_id, "two")

    assert again == {"id": answer_id, "status": 200}
    assert get(models, answer_id) == first


def test_told_many_times_at_once_one_predicts(store: Store) -> None:
    publish_model(store, "double", scale(2.0))
    runs = []

    def watch(verb: str, key: str) -> None:
        if verb == "put_if_absent" and key.endswith("/answer"):
            runs.append(key)

    models, together = serve(WatchedStore(store, watch)), threading.Barrier(8)
    answer_id = leave(models)

    def tell(number: int) -> Any:
        together.wait(30)
        return invoke(models, answer_id, str(number))["status"]

    with ThreadPoolExecutor(8) as threads:
        statuses = set(threads.map(tell, range(8)))

    assert len(runs) == 1
    assert statuses <= {200, "running"}
    assert get(models, answer_id).status == 200


def failing(count: float, prefix: str) -> Callable[[str, str], None]:
    """Lets the first reads below a prefix fail."""
    left = [count]

    def watch(verb: str, key: str) -> None:
        if key.startswith(prefix) and left[0]:
            left[0] -= 1
            raise StoreUnavailable("The store is away.")

    return watch


def test_what_cannot_be_predicted_now_is_tried_again(store: Store) -> None:
    publish_model(store, "double", scale(2.0))
    answer_id = leave(serve(store))
    watched = WatchedStore(store, failing(float("inf"), "models/"))

    with pytest.raises(StoreUnavailable):
        invoke(serve(watched), answer_id)
    meanwhile = get(serve(store), answer_id).status
    done = invoke(serve(store), answer_id)

    assert (meanwhile, done["status"]) == (202, 200)


def test_what_never_can_be_predicted_says_why_in_the_end(store: Store) -> None:
    publish_model(store, "double", scale(2.0))
    models = serve(WatchedStore(store, failing(float("inf"), "models/")), failure_ttl=0.0)
    answer_id = leave(models)

    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            invoke(models, answer_id)
    done = invoke(models, answer_id)

    answer = get(models, answer_id)
    assert (done["status"], answer.status, json.loads(answer.body)["code"]) == (503, 503, "store_unavailable")
    assert "retry-after" not in answer.headers


def test_what_takes_longer_than_lambda_lets_it_is_not_tried_three_times() -> None:
    store = open_store("memory://later-counting")
    publish_model(store, "counting", counting())
    models = serve(store)
    models.session("counting")
    answer_id = leave(models, "/models/counting/predict", '{"rounds": 1000000000000}')

    done = answering.answer(models, created(answer_id), Invocation("one", 200))

    assert done == {"id": answer_id, "status": 503}
    assert json.loads(get(models, answer_id).body)["code"] == "run_stopped"


def test_what_outlasts_the_gateway_is_predicted_later() -> None:
    store = open_store("memory://later-outlasting")
    publish_model(store, "counting", counting())
    models = serve(store, gateway_seconds=0.05)
    models.session("counting")
    body = '{"rounds": 1000000}'

    now = send(models, "/models/counting/predict", body)
    answer_id = leave(models, "/models/counting/predict", body)
    invoke(models, answer_id)

    assert now.status == 503
    assert json.loads(get(models, answer_id).body) == {"count": 1000000}


def test_whose_invocations_were_killed_is_told_so(models: Models, store: Store) -> None:
    answer_id = leave(models)
    for number in range(3):
        begin_attempt(store, answer_id, "killed", 1000.0 + number, 1900.0 + number)
    request = HttpRequest("GET", "")
    asked = json.loads(store_line(store, answer_id))["at"]
    soon = serve(store, idempotency_seconds=asked + 10**6)

    early = look(soon, request, answer_id, lambda: 1901.0)

    assert early.status == 202
    with pytest.raises(Unanswered, match="tried 3 times"):
        look(soon, request, answer_id, lambda: 1902.0)
    assert get(models, answer_id).status == 500


def store_line(store: Store, answer_id: str) -> bytes:
    found = store.get(request_key(answer_id))
    assert found is not None
    return found.data.partition(b"\n")[0]


def test_who_was_tried_three_times_is_not_tried_again(models: Models, store: Store) -> None:
    answer_id = leave(models)
    for _ in range(3):
        begin_attempt(store, answer_id, "killed", 1000.0, 1900.0)

    assert invoke(models, answer_id) == {"id": answer_id, "status": "running"}


def test_an_unknown_failure_is_an_answer_without_internals(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    def watch(verb: str, key: str) -> None:
        if key.startswith("models/"):
            raise ZeroDivisionError("internals")

    models = serve(WatchedStore(store, watch), log=True)
    answer_id = leave(models)

    done = invoke(models, answer_id)

    logged = json.loads(capsys.readouterr().out.splitlines()[-1])
    answer = get(models, answer_id)
    assert (done["status"], answer.status, json.loads(answer.body)["code"]) == (500, 500, "internal")
    assert b"internals" not in answer.body
    assert (logged["answer"], logged["code"], logged["status"]) == (answer_id, "internal", 500)


@pytest.mark.parametrize("key", ["uploads/models/" + "0" * 32, "requests/", "requests/x"])
def test_an_event_of_another_object_is_a_mistake(models: Models, key: str) -> None:
    event = created("0" * 32)
    event["detail"]["object"]["key"] = key

    assert answering.answer(models, event, None)["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("prefer", "wants"),
    [
        ("respond-async", True),
        ("Respond-Async, wait=10", True),
        ("return=minimal;foo=1 , respond-async; bar", True),
        ('respond-async=""', True),
        ("", False),
        ("wait=100", False),
        ('foo="bar, respond-async"', False),
        ('foo="\\", respond-async, \\""', False),
        ("respond-asynchronously", False),
    ],
)
def test_a_preference_is_read_as_its_grammar_says(prefer: str, wants: bool) -> None:
    assert wants_later(HttpRequest("POST", "/", {"prefer": prefer})) is wants
