"""The wiring: what the handler's module reads, opens and imports."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functions.api.calling import Context, event
from tests.onnx_models import scale
from tests.published import publish_model

ROOT = Path(__file__).parents[3]
FORBIDDEN = {"onnx", "onnxruntime", "numpy", "boto3", "botocore"}


def test_the_handler_serves_the_store_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MODELET_STORE", f"file://{tmp_path}/store")
    monkeypatch.delitem(sys.modules, "functions.api.handler", raising=False)
    module = importlib.import_module("functions.api.handler")
    publish_model(module.here.store, "digits", scale(1.0))

    answered = module.handler(event("GET", "/api/models/digits"), Context())

    assert answered["statusCode"] == 200
    assert '"name":"digits"' in answered["body"]


def test_the_handler_imports_no_runtime_and_no_sdk() -> None:
    code = "import sys, functions.api.handler; print(*sorted({name.split('.')[0] for name in sys.modules}))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "MODELET_STORE": "memory://imports"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert FORBIDDEN & set(done.stdout.split()) == set()
