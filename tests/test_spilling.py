"""Answers that Lambda would not send: kept in the store and referred to, or refused in one sentence; never sent."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from modelet.errors import PayloadTooLarge, StoreUnavailable
from modelet.events import answering
from modelet.events.spilling import spill
from modelet.messages import HttpResponse
from modelet.predict import Models
from modelet.store.memory import MemoryStore
from modelet.store.signed import SignedFolder
from modelet.store.tensors import is_key
from tests.entrances import ask, event, post
from tests.published import echo, filled, publish_model, serve

LARGE = [2_000_000]
LAMBDA_BYTES = 6 * 1024 * 1024


class Folder(SignedFolder):
    """A folder that does something else before an answer is kept."""

    before: Callable[[], object] = staticmethod(lambda: None)

    def share(self, key: str, data: bytes, headers: Mapping[str, str], seconds: float) -> str:
        self.before()
        return super().share(key, data, headers, seconds)


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path, f"file://{tmp_path}", "http://127.0.0.1:1", "secret")
    publish_model(folder, "filled", filled())
    return folder


def kept(store: Folder, url: str) -> Any:
    key = url.partition("/_store/")[2].partition("?")[0]
    assert is_key(key)
    return orjson.loads(b"".join(store.stream(key)))


def uploads(store: Folder) -> list[str]:
    return [entry.key for entry in store.scan("uploads/")]


def test_an_answer_over_http_is_a_redirect(store: Folder) -> None:
    answer = post(serve(store), "/models/filled/predict", {"s": LARGE})

    assert answer.status == 303
    assert answer.body.pop("error").startswith("The answer is too large to be sent, 8000007 bytes: GET it from the URL")
    assert answer.body == {
        "reference": answer.headers["location"],
        "size": len(b'{"y":[]}') + 4 * LARGE[0] - 1,
        "content_type": "application/json",
        "expires_in": 3600,
    }
    assert (answer.headers["x-modelet-model"], answer.headers["x-modelet-version"]) == ("filled", "1")
    assert kept(store, answer.headers["location"]) == {"y": [0.0] * LARGE[0]}


def test_a_direct_invoke_is_answered_where_it_lies(store: Folder) -> None:
    answer = ask(serve(store), {"model": "filled", "inputs": {"s": LARGE}, "id": "7"})

    assert (answer.status, set(answer.body)) == (200, {"reference", "size", "content_type", "expires_in"})
    assert kept(store, answer.body["reference"]) == {
        "model": "filled",
        "version": 1,
        "outputs": {"y": [0.0] * LARGE[0]},
        "id": "7",
    }


def test_a_direct_answer_of_numbers_that_are_sent_longer_is_referred_to(store: Folder) -> None:
    publish_model(store, "same", echo("FP32"))

    answer = ask(serve(store), {"model": "same", "inputs": {"x": [1e-7] * 900_000}})

    assert (answer.status, set(answer.body)) == (200, {"reference", "size", "content_type", "expires_in"})


def test_what_fits_is_sent_and_not_kept(store: Folder) -> None:
    answer = post(serve(store), "/models/filled/predict", {"s": [1000]})

    assert (answer.status, answer.body) == (200, {"y": [0.0] * 1000})
    assert uploads(store) == []


@pytest.mark.parametrize("entrance", ["http-api-predict", "rest-predict", "function-url-predict"])
@pytest.mark.parametrize("max_body_bytes", [1024, LAMBDA_BYTES, 20 * LAMBDA_BYTES])
def test_no_answer_is_larger_than_lambda_sends(store: Folder, entrance: str, max_body_bytes: int) -> None:
    models = serve(store, max_body_bytes=max_body_bytes)

    for size in (1_570_000, 1_572_000, 1_573_000, 4_000_000):
        sent = answering.answer(models, event(entrance, "/models/filled/predict", f'{{"s": [{size}]}}'), None)

        assert len(orjson.dumps(sent)) <= LAMBDA_BYTES
        assert sent["statusCode"] in (200, 303)
    assert uploads(store)


def test_an_error_is_never_a_redirect(store: Folder) -> None:
    too_large = PayloadTooLarge("The answer has too many bytes.")

    with pytest.raises(PayloadTooLarge) as raised:
        spill(store, HttpResponse(422, b"{}", {"content-type": "application/json"}), True, too_large)

    assert raised.value is too_large
    assert uploads(store) == []


def test_a_load_balancer_takes_less(store: Folder) -> None:
    asked = event("alb-predict", "/models/filled/predict", '{"s": [300000]}')

    sent = answering.answer(serve(store), asked, None)

    assert (sent["statusCode"], len(orjson.dumps(sent)) < 1024 * 1024) == (303, True)
    assert kept(store, sent["headers"]["location"]) == {"y": [0.0] * 300_000}


def test_a_store_without_urls_refuses_the_answer() -> None:
    store = MemoryStore()
    publish_model(store, "filled", filled())

    answer = post(serve(store), "/models/filled/predict", {"s": LARGE})

    assert (answer.status, answer.body["code"]) == (413, "payload_too_large")


def test_a_store_that_cannot_be_written_is_503(store: Folder) -> None:
    store.before = fail

    answer = post(serve(store), "/models/filled/predict", {"s": LARGE})

    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "store_unavailable", "1")


def fail() -> None:
    raise StoreUnavailable("Cannot reach the store.")


def test_a_store_that_takes_too_long_is_503_in_time(store: Folder) -> None:
    released = threading.Event()
    store.before = lambda: released.wait(60)
    models = warm(serve(store, gateway_seconds=1.0))

    answer = post(models, "/models/filled/predict", {"s": LARGE})
    released.set()

    assert (answer.status, answer.body["code"]) == (503, "deadline_exceeded")
    assert answer.body["error"].startswith("To store the answer")


def warm(models: Models) -> Models:
    models.session("filled")
    return models


def test_an_upload_is_handed_out(store: Folder) -> None:
    answer = post(serve(store), "/uploads/tensors")

    upload = answer.body["upload"]
    assert (answer.status, is_key(answer.body["reference"])) == (201, True)
    assert (upload["method"], upload["expires_in"]) == ("PUT", 3600)
    assert f"/_store/{answer.body['reference']}?" in upload["url"]
    assert upload["headers"] == {"content-type": "application/octet-stream"}
    assert uploads(store) == []


def test_a_store_without_urls_hands_out_none() -> None:
    answer = post(serve(MemoryStore()), "/uploads/tensors")

    assert (answer.status, answer.body["code"]) == (501, "not_supported")
