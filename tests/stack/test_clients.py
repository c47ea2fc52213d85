"""Real clients and the built function under Lambda's emulator, behind a gateway, on an S3 server."""

from collections.abc import Iterator

import pytest

from modelet.store import open_store
from tests.clients.asking import ENV, SCRIPTS, ask
from tests.clients.models import publish
from tests.conftest import BUCKET, aws_variables
from tests.stack.built import Built
from tests.stack.emulator import running
from tests.stack.front import HANDLER, fronted


@pytest.fixture(scope="module")
def service(infer: Built, s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    scratch = tmp_path_factory.mktemp("clients")
    env = {**aws_variables(s3_endpoint), "MODELET_STORE": f"s3://{BUCKET}/{scratch.name}", **ENV}
    publish(open_store(env["MODELET_STORE"], env), scratch)
    with running(infer, HANDLER, env, scratch) as function, fronted(function) as address:
        yield address


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_client_works_with_the_built_function(service: str, script: str) -> None:
    ask(script, service)
