"""What load balancers and clients of TorchServe, SageMaker and MLflow ask before they predict."""

from collections.abc import Iterator

import pytest

from modelet import __version__
from modelet.errors import StoreUnavailable
from modelet.predict import Models
from modelet.store.base import Entry
from modelet.store.memory import MemoryStore
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


def test_the_version_is_text_that_stands_for_itself(models: Models) -> None:
    answer = look(models, "/version")

    assert (answer.status, answer.headers["content-type"], answer.text) == (200, "text/plain", __version__)
