"""What load balancers and clients of TorchServe, SageMaker, MLflow and KServe ask before they predict."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from modelet import __version__
from modelet.errors import StoreUnavailable
from modelet.events import answering
from modelet.predict import Models
from modelet.store.base import Entry
from modelet.store.memory import MemoryStore
from tests.entrances import event
from tests.protocols.invocations.invoking import look
from tests.published import serve


class Away(MemoryStore):
    """A store that cannot be read."""

    def scan(self, prefix: str) -> Iterator[Entry]:
        raise StoreUnavailable("The store is away.")


@pytest.fixture
def models() -> Models:
    return serve(MemoryStore())


@pytest.mark.parametrize("path", ["/ping", "/health", "/ping/"])
def test_a_service_that_reaches_its_store_is_healthy(models: Models, path: str) -> None:
    answer = look(models, path)

    assert (answer.status, answer.json) == (200, {"status": "Healthy"})


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_a_service_that_does_not_is_503(path: str) -> None:
    answer = look(serve(Away()), path)

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert answer.json == {"status": "Unhealthy", "error": "The store is away.", "code": "store_unavailable"}


@pytest.mark.parametrize("accept", [None, "*/*", "application/json"])
def test_the_root_is_alive_whether_the_store_is_there_or_not(accept: str | None) -> None:
    answered = at_the_root(serve(Away()), accept)

    assert (answered["statusCode"], json.loads(answered["body"])) == (200, {"status": "alive"})


@pytest.mark.parametrize(("entrance", "place"), [("http-api-predict", "/docs"), ("function-url-predict", "/docs")])
def test_a_browser_is_led_from_the_root_to_the_page(models: Models, entrance: str, place: str) -> None:
    answered = at_the_root(models, "text/html,application/xhtml+xml,*/*;q=0.8", entrance)

    assert (answered["statusCode"], answered["headers"]["location"]) == (307, place)


def at_the_root(models: Models, accept: str | None, entrance: str = "http-api-predict") -> dict[str, Any]:
    asked = event(entrance, "/", None, "GET")
    asked["headers"] = {} if accept is None else {"accept": accept}
    return answering.answer(models, asked, None)


def test_the_version_is_text_that_stands_for_itself(models: Models) -> None:
    answer = look(models, "/version")

    assert (answer.status, answer.headers["content-type"], answer.text) == (200, "text/plain", __version__)
