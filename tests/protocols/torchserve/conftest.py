"""One deployment with models for each kind of body."""

import pytest

from modelet.predict import Models
from tests.protocols.v1.zoo import v1_store
from tests.published import serve


@pytest.fixture(scope="package")
def models() -> Models:
    return serve(v1_store("memory://torchserve"))
