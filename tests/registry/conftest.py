"""The faulty proxy before the moto server, for the registry's tests."""

from collections.abc import Iterator

import pytest

from modelet.store import open_store
from modelet.store.base import Store
from tests.s3_proxy import Proxy, faulty_proxy


@pytest.fixture
def proxy(s3_endpoint: str) -> Iterator[Proxy]:
    with faulty_proxy(s3_endpoint) as running:
        yield running


@pytest.fixture
def behind(proxy: Proxy, s3_url: str, s3_env: dict[str, str]) -> Store:
    """A store that reaches S3 by the proxy."""
    return open_store(s3_url, {**s3_env, "AWS_ENDPOINT_URL": proxy.url})
