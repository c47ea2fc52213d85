"""One deployment with every model of the zoo, for tests that only ask."""

import pytest

from modelet.predict import Models
from tests.published import serve, zoo_store


@pytest.fixture(scope="session")
def models() -> Models:
    return serve(zoo_store("memory://zoo"), default_model="double")
