"""Each tree is built once: for every Python there is a target for."""

import pytest

from tests.stack.built import TARGETS, Built, build


@pytest.fixture(scope="session", params=TARGETS, ids=lambda target: target.python)
def infer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The data plane with its layers."""
    return build(request.param, "infer", ("core", "onnx", "text"), tmp_path_factory.mktemp("infer"))


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The control plane with its layers, for the newest target."""
    return build(TARGETS[-1], "api", ("core", "web"), tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The registration with its layers, for the newest target."""
    return build(TARGETS[-1], "register", ("core", "onnx", "text", "graph"), tmp_path_factory.mktemp("register"))
