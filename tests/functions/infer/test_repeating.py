"""A prediction that carries an Idempotency-Key is made once, whoever repeats it, in whatever protocol."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from modelet.errors import InProgress, KeyReused, StoreUnavailable
from modelet.messages import HttpResponse
from modelet.predict import Models
from modelet.protocols import repeating
from modelet.store import open_store
from modelet.store.base import Store
from modelet.store.tensors import new_key
from tests.entrances import HTTP
from tests.functions.infer.asking import Reply, request, send
from tests.onnx_models import counting, scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore

ROOT = Path(__file__).parents[3]
PATH = "/models/double/predict"
BODY = '{"x": [[1, 2]]}'
REPLAYED = {"idempotency-replayed": "true"}
CLIENTS = 32


class Log:
    """Counts what is asked of a store, and lets a verb fail or wait."""

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        self.failing: set[str] = set()

    def __call__(self, verb: str, key: str) -> None:
        self.seen[verb, key.rpartition("/")[2]] += 1
        if key.rpartition("/")[2] in self.failing and verb.startswith("put"):
            raise StoreUnavailable("on purpose")


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def models(store: Store, log: Log) -> Models:
    publish_model(store, "double", scale(2.0))
    publish_model(store, "counting", counting())
    return serve(WatchedStore(store, log), default_model="double")


def key(text: str = "k-1") -> dict[str, str]:
    return {"Idempotency-Key": text}


@pytest.mark.parametrize("entrance", HTTP)
def test_a_repetition_is_answered_alike_and_says_so(models: Models, entrance: str) -> None:
    first = send(models, PATH, BODY, key(), entrance=entrance)

    second = send(models, PATH, BODY, key(), entrance=entrance)

    assert (first.status, json.loads(first.body)) == (200, {"y_pred": [[2, 4]]})
    assert second == Reply(first.status, first.body, first.headers | REPLAYED)


def test_torchserves_put_is_repeated_like_a_post(models: Models) -> None:
    first, second = (send(models, "/predictions/double", "[[1, 2]]", key(), method="PUT") for _ in range(2))

    assert json.loads(first.body) == [[2, 4]]
    assert second == Reply(200, first.body, first.headers | REPLAYED)


def test_a_repetition_is_answered_by_the_version_that_answered_first(models: Models, store: Store) -> None:
    first = send(models, "/models/double/versions/live/predict", BODY, key())
    publish_model(store, "double", scale(3.0))
    afterwards = serve(store)

    assert send(afterwards, "/models/double/versions/2/predict", BODY, key()).headers["x-modelet-version"] == "2"
    assert send(afterwards, "/models/double/versions/live/predict", BODY, key()).body == first.body


def test_a_binary_answer_is_kept_byte_for_byte(models: Models) -> None:
    values = np.array([[1.5, -0.0]], np.float32)
    head = json.dumps(
        {
            "inputs": [
                {"name": "x", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": values.nbytes}}
            ],
            "parameters": {"binary_data_output": True},
        }
    ).encode()
    headers = {**key(), "inference-header-content-length": str(len(head)), "content-type": "application/octet-stream"}

    first, second = (send(models, "/v2/models/double/infer", head + values.tobytes(), headers) for _ in range(2))

    assert first.body.endswith((values * 2).tobytes())
    assert first.headers["content-type"] == "application/octet-stream"
    assert second == Reply(200, first.body, first.headers | REPLAYED)


def test_a_compressed_repetition_is_the_same_request(models: Models) -> None:
    import gzip

    first = send(models, PATH, BODY, key())

    second = send(models, PATH, gzip.compress(BODY.encode()), {**key(), "content-encoding": "gzip"})

    assert second == Reply(first.status, first.body, first.headers | REPLAYED)


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        (PATH, '{"x": [[1, 3]]}', {}),
        (PATH, BODY, {"x-modelet-non-finite": "null"}),
        (PATH, BODY, {"content-type": "text/csv"}),
        (PATH, BODY, {"prefer": "respond-async"}),
    ],
)
def test_another_request_may_not_have_the_key(models: Models, path: str, body: str, headers: dict[str, str]) -> None:
    send(models, PATH, BODY, key())

    answer = send(models, path, body, {**key(), **headers})

    assert (answer.status, json.loads(answer.body)["code"]) == (422, "idempotency_key_reused")


def test_each_route_has_keys_of_its_own(models: Models) -> None:
    replies = [send(models, path, BODY, key()) for path in (PATH, "/models/double/versions/1/predict", "/predict")]

    assert [answer.headers.get("idempotency-replayed") for answer in replies] == [None] * 3


def test_a_route_is_one_however_it_is_encoded(models: Models) -> None:
    first, second = (send(models, path, BODY, key()) for path in (PATH, "/models/doubl%65/predict"))

    assert second == Reply(first.status, first.body, first.headers | REPLAYED)


@pytest.mark.parametrize("text", ["", "a" * 256, "a b", "é", "a\x7f", "\t"])
def test_what_is_no_key_is_refused_before_any_write(models: Models, log: Log, text: str) -> None:
    answer = send(models, PATH, BODY, key(text))

    assert (answer.status, json.loads(answer.body)["code"]) == (400, "invalid_request")
    assert [verb for verb, _ in log.seen if verb.startswith("put")] == []


@pytest.mark.parametrize("text", ["a", "a" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "!~"])
def test_every_other_key_is_one(models: Models, text: str) -> None:
    assert [send(models, PATH, BODY, key(text)).status for _ in range(2)] == [200, 200]


def test_a_refusal_is_none_that_a_key_holds_to(models: Models) -> None:
    refused = [send(models, PATH, '{"x": 1}', key()) for _ in range(2)]

    mended, again = (send(models, PATH, BODY, key()) for _ in range(2))

    assert [answer.status for answer in refused] == [400, 400]
    assert "idempotency-replayed" not in refused[1].headers
    assert (mended.status, json.loads(mended.body)) == (200, {"y_pred": [[2, 4]]})
    assert again == Reply(200, mended.body, mended.headers | REPLAYED)


def test_what_is_missing_may_arrive(models: Models, store: Store) -> None:
    early = send(models, "/models/late/predict", BODY, key())
    publish_model(store, "late", scale(5.0))

    statuses = [send(serve(store), "/models/late/predict", BODY, key()) for _ in range(2)]

    assert (early.status, json.loads(early.body)["code"]) == (404, "model_not_found")
    assert [json.loads(answer.body) for answer in statuses] == [{"y_pred": [[5, 10]]}] * 2
    assert "idempotency-replayed" not in statuses[0].headers
    assert statuses[1].headers["idempotency-replayed"] == "true"


def test_a_tensor_that_is_uploaded_after_it_was_asked_for_is_found(models: Models, store: Store) -> None:
    reference = new_key()
    body = json.dumps({"x": {"reference": reference, "shape": [1, 2]}})
    early = send(models, PATH, body, key())
    store.put(reference, [np.array([[1, 2]], np.float32).tobytes()])

    answer = send(models, PATH, body, key())

    assert (early.status, json.loads(early.body)["code"]) == (404, "reference_not_found")
    assert (answer.status, json.loads(answer.body)) == (200, {"y_pred": [[2, 4]]})


@pytest.mark.parametrize(("second", "status"), [([1, 2], 200), ([1, 3], 422)])
def test_a_tensor_that_was_uploaded_anew_is_what_it_holds(
    models: Models, store: Store, second: list[float], status: int
) -> None:
    bodies = []
    for row in ([1, 2], second):
        reference = new_key()
        store.put(reference, [np.array([row], np.float32).tobytes()])
        bodies.append(json.dumps({"x": {"reference": reference}}))

    answers = [send(models, PATH, body, key()) for body in bodies]

    assert (answers[0].status, json.loads(answers[0].body)) == (200, {"y_pred": [[2, 4]]})
    assert answers[1].status == status
    assert answers[1].headers.get("idempotency-replayed") == ("true" if status == 200 else None)


def test_where_tensors_lie_in_a_body_and_what_is_missing_are_part_of_it(models: Models, store: Store) -> None:
    references = [new_key() for _ in range(3)]
    for number, reference in enumerate(references[:2]):
        store.put(reference, [bytes([number])])
    a, b, missing = references

    for number, asked in enumerate(((a, b), (a, missing))):
        answer = HttpResponse(200, b"{}")
        first = request(PATH, json.dumps(asked), key(str(number)))
        assert repeating.respond(models, first, lambda answer=answer: answer) is answer  # type: ignore[misc]
        for other in ((b, a), (a, a), (a, new_key())):
            with pytest.raises(KeyReused):
                repeating.respond(models, first._replace(body=json.dumps(other).encode()), lambda: HttpResponse(500))
        assert repeating.respond(models, first, lambda: HttpResponse(500)).status == 200


def test_nothing_is_looked_at_for_a_body_without_uploads(models: Models, log: Log) -> None:
    send(models, PATH, BODY, key())

    assert [verb for verb, _ in log.seen if verb == "head"] == []


def test_a_body_of_many_names_is_not_a_flood_of_requests(models: Models, log: Log) -> None:
    body = json.dumps([new_key() for _ in range(500)])

    send(models, PATH, body, key())

    assert sum(count for (verb, _), count in log.seen.items() if verb == "head") == repeating.MOST_UPLOADS


def test_a_failure_is_not_kept(models: Models, log: Log) -> None:
    log.failing = {"answer"}
    failed = send(models, PATH, BODY, key())
    log.failing = set()

    again = send(models, PATH, '{"x": [[5, 6]]}', key())

    assert (failed.status, json.loads(failed.body)["code"]) == (503, "store_unavailable")
    assert (again.status, json.loads(again.body)) == (200, {"y_pred": [[10, 12]]})
    assert "idempotency-replayed" not in again.headers


def test_an_unexpected_failure_gives_the_claim_back(models: Models) -> None:
    answer = HttpResponse(200, b"{}")

    with pytest.raises(ZeroDivisionError):
        repeating.respond(models, request(PATH, BODY, key()), lambda: HttpResponse(1 // 0))

    assert repeating.respond(models, request(PATH, BODY, key()), lambda: answer) is answer


def test_a_5xx_that_an_action_answers_gives_the_claim_back(models: Models) -> None:
    answers = iter([HttpResponse(501, b"{}"), HttpResponse(200, b"{}")])

    assert repeating.respond(models, request(PATH, BODY, key()), lambda: next(answers)).status == 501
    assert [entry.key for entry in models.store.scan("answers/") if entry.key.endswith("/answer")] == []
    statuses = [repeating.respond(models, request(PATH, BODY, key()), lambda: next(answers)).status for _ in range(2)]

    assert statuses == [200, 200]


def test_a_window_that_has_passed_begins_anew(models: Models) -> None:
    moments = iter([1000.0, 1000.0, 1000.0 + 86399, 1000.0 + 86400, 1000.0 + 86400])
    answers = iter([HttpResponse(200, b"1"), HttpResponse(200, b"2")])

    bodies = [
        repeating.respond(models, request(PATH, BODY, key()), lambda: next(answers), lambda: next(moments)).body
        for _ in range(3)
    ]

    assert bodies == [b"1", b"1", b"2"]


def test_who_comes_while_the_first_is_under_way_is_told_when_to_come_again(models: Models) -> None:
    replies = []

    def act() -> HttpResponse:
        replies.append(send(models, PATH, BODY, key()))
        return HttpResponse(200)

    repeating.respond(models, request(PATH, BODY, key()), act)

    (answer,) = replies
    assert (answer.status, json.loads(answer.body)["code"]) == (409, "in_progress")
    assert answer.headers["retry-after"] == "1"


def test_of_many_clients_at_once_one_has_it_predicted(models: Models) -> None:
    models.session("double")
    together, runs = threading.Barrier(CLIENTS), []

    def act() -> HttpResponse:
        runs.append(1)
        return HttpResponse(200, b"\x01" * 100)

    def client(_: int) -> int | bytes:
        together.wait(60)
        try:
            return repeating.respond(models, request(PATH, BODY, key()), act).body
        except InProgress as error:
            return error.status

    with ThreadPoolExecutor(CLIENTS) as threads:
        got = Counter(threads.map(client, range(CLIENTS)))

    assert len(runs) == 1
    assert got[b"\x01" * 100] + got[409] == CLIENTS
    assert got[b"\x01" * 100] >= 1


KILLED = """
import os, signal, sys
from modelet.store import open_store
from tests.functions.infer.asking import send
from tests.published import serve
from tests.watched_store import WatchedStore

def watch(verb, key):
    if key.endswith("/answer") and verb.startswith("put"):
        os.kill(os.getpid(), signal.SIGKILL)

store = WatchedStore(open_store(sys.argv[1]), watch)
send(serve(store, gateway_seconds=2.0), {path!r}, {body!r}, {{"Idempotency-Key": "k-1"}})
"""


def test_what_a_killed_process_had_begun_is_taken_over_in_time(tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    publish_model(open_store(url), "double", scale(2.0))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED.format(path=PATH, body=BODY), url], cwd=ROOT, env=os.environ, timeout=60
    )
    models = serve(open_store(url))
    (claim,) = (open_store(url).get(entry.key) for entry in open_store(url).scan("answers/"))
    assert claim is not None
    began, until = (json.loads(claim.data)[name] for name in ("began", "until"))

    meanwhile = send(models, PATH, BODY, key())

    assert killed.returncode == -signal.SIGKILL
    assert meanwhile.status == 409
    assert 2 < until - began < 4
    moments = iter([until, until])
    answer = HttpResponse(200, b"of the heir")
    taken = repeating.respond(models, request(PATH, BODY, key()), lambda: answer, lambda: next(moments))
    assert taken is answer
    assert send(models, PATH, BODY, key()).body == b"of the heir"


@pytest.mark.parametrize("path", ["/v2/models/double/ready", "/v2"])
def test_nothing_is_kept_of_what_only_looks(models: Models, log: Log, path: str) -> None:
    assert send(models, path, None, key(), method="GET").status == 200
    assert [verb for verb, _ in log.seen if verb.startswith("put")] == []


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "k-1"}, {"Prefer": "respond-async"}])
def test_nothing_is_kept_of_what_is_no_prediction(models: Models, log: Log, headers: dict[str, str]) -> None:
    assert send(models, "/v2/repository/index", "{}", headers).status == 200
    assert [verb for verb, _ in log.seen if verb.startswith("put")] == []


def test_nothing_is_kept_for_who_does_not_ask(models: Models, log: Log) -> None:
    assert send(models, PATH, BODY, {"Prefer": "wait=10"}).status == 200
    assert [verb for verb, _ in log.seen if verb.startswith("put")] == []


def test_an_answer_outlasts_the_process_that_made_it(store: Store) -> None:
    publish_model(store, "double", scale(2.0))

    first, second = (send(serve(store), PATH, BODY, key()) for _ in range(2))

    assert second == Reply(first.status, first.body, first.headers | REPLAYED)
