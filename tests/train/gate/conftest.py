"""A store for the versions that are live."""

import uuid

import pytest

from modelet.store import open_store
from modelet.store.base import Store


@pytest.fixture
def memory() -> Store:
    return open_store(f"memory://{uuid.uuid4().hex}")
