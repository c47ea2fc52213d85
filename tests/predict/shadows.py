"""What tests of shadows share: services that log, the log's lines about shadows, and waiting for those under way."""

import json
import threading
from typing import Any

import pytest

from modelet.predict import Models
from modelet.store.base import Store
from tests.published import serve

SECONDS = 30.0


def serve_logging(store: Store, **settings: Any) -> Models:
    """The models of a store, as a deployment with a log serves them: without one no shadow is run."""
    return serve(store, **{"log": True, **settings})


def finish() -> None:
    """Wait until no shadow is under way."""
    for thread in threading.enumerate():
        if thread.name == "shadow":
            thread.join(SECONDS)
            assert not thread.is_alive()


def told(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines about shadows that were printed since it was asked last, after the last one under way has ended."""
    finish()
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    return [line for line in lines if "shadow_version" in line]
