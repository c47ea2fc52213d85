"""Real clients and the local service, on a folder."""

from collections.abc import Iterator

import pytest

from modelet.local import running
from modelet.store import open_store
from tests.clients.asking import ENV, SCRIPTS, ask
from tests.clients.models import publish


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("clients")
    url = f"file://{folder}/store"
    publish(open_store(url), folder)
    with running(url, env=ENV) as address:
        yield address


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_client_works_with_the_local_service(service: str, script: str) -> None:
    ask(script, service)
