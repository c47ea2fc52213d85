"""Two versions in a real service: keys that stick over HTTP, and a shadow that only the log knows of."""

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from modelet.registry.changing import shadow, split
from modelet.store import open_store
from modelet.store.base import Store
from tests.local.stacks import Service, serving
from tests.onnx_models import scale
from tests.published import publish_model

SECONDS = 60.0
BODY = json.dumps({"x": [[1.0, 2.0]]})
KEYS = [f"user-{number}" for number in range(20)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A folder with two versions of `m`."""
    store = open_store(f"file://{tmp_path}/store")
    for factor in (1.0, 2.0):
        publish_model(store, "m", scale(factor))
    return store


@pytest.fixture
def service(store: Store, tmp_path: Path) -> Iterator[Service]:
    """A service that logs and follows the aliases at once; it ends if a test waits for a line that never comes."""
    with serving(store.url, tmp_path, MODELET_LOG="json", MODELET_ALIAS_TTL="0") as service:
        late = threading.Timer(SECONDS, service.process.kill)
        late.start()
        yield service
        late.cancel()


def predict(service: Service, key: str) -> tuple[str | None, bytes]:
    """The version that answered, and the body."""
    connection = HTTPConnection(service.url.removeprefix("http://"), timeout=SECONDS)
    try:
        connection.request("POST", "/models/m/predict", BODY, {"X-Modelet-Routing-Key": key})
        response = connection.getresponse()
        assert response.status == 200
        return response.headers["x-modelet-version"], response.read()
    finally:
        connection.close()


def shadows(service: Service, count: int) -> Iterator[dict[str, Any]]:
    """The log's lines about shadows, until so many requests are accounted for."""
    assert service.process.stdout is not None
    while count > 0:
        text = service.process.stdout.readline()
        assert text, "the service ended, or was ended, before its log was whole"
        line = json.loads(text)
        if "shadow_version" in line:
            count -= line.get("shadow_requests", 0) + line.get("shadow_skipped", 0)
            yield line


def test_a_key_sticks_to_its_version_over_http(store: Store, service: Service) -> None:
    split(store, "m", {1: 1, 2: 1})

    first, second = ([predict(service, key) for key in KEYS] for _ in range(2))

    assert first == second
    assert {version for version, _ in first} == {"1", "2"}
    assert all(
        json.loads(body) == {"y_pred": [[float(version or 0), 2.0 * float(version or 0)]]} for version, body in first
    )


def test_a_shadow_is_in_the_log_and_in_no_answer(store: Store, service: Service) -> None:
    before = [predict(service, key) for key in KEYS]

    shadow(store, "m", 2)
    after = [predict(service, key) for key in KEYS]

    assert after == before
    lines = list(shadows(service, len(KEYS)))
    ran = [line for line in lines if line.get("shadow_requests")]
    assert ran
    assert {(line["version"], line["shadow_version"], line["shadow_failed"]) for line in ran} == {("1", "2", 0)}
    assert {line["shadow_max_difference"] for line in ran} == {2.0}

    shadow(store, "m", None)
    assert predict(service, "a") == before[0]
