"""The faulty proxy before the moto server, for the stores' tests: it sees how each request was signed."""

from collections.abc import Iterator

import pytest

from tests.s3_proxy import Proxy, faulty_proxy


@pytest.fixture
def proxy(s3_endpoint: str) -> Iterator[Proxy]:
    with faulty_proxy(s3_endpoint) as running:
        yield running
