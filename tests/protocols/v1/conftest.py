"""One deployment with the models of the documents."""

import pytest

from modelet.predict import Models
from tests.protocols.v1.zoo import v1_store
from tests.published import serve, zoo_store


@pytest.fixture(scope="session")
def models() -> Models:
    return serve(v1_store("memory://v1"))


@pytest.fixture(scope="session")
def kinds() -> Models:
    """A model of each datatype."""
    return serve(zoo_store("memory://v1-kinds"))
