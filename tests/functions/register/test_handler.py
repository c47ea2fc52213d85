"""The function that registers uploads, called with the literal events that reach it."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from modelet.errors import StoreUnavailable
from modelet.jobs.uploads import Upload, expect_upload, upload_key
from modelet.registry.reading import list_versions
from modelet.store import open_store
from modelet.store.base import Store
from tests.onnx_models import scale

ROOT = Path(__file__).parents[3]


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """A fresh import of the handler's module, for a store of its own."""
    import importlib

    monkeypatch.setenv("MODELET_STORE", f"file://{tmp_path}/store")
    monkeypatch.delitem(sys.modules, "functions.register.handler", raising=False)
    return importlib.import_module("functions.register.handler")


def landed(key: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((ROOT / "events" / "s3-upload-landed.json").read_text())
    event["detail"]["object"]["key"] = key
    return event


def upload(store: Store) -> str:
    job = expect_upload(store, Upload("digits"), 3600)
    store.put(upload_key(job.id), [scale(2.0).SerializeToString()])
    return job.id


def test_a_job_is_registered(function: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = upload(function.store)

    assert function.handler({"job": job_id}, None) == {"job": job_id, "state": "succeeded"}

    assert list_versions(function.store, "digits") == [1]
    line = json.loads(capsys.readouterr().out)
    assert (line["function"], line["job"], line["state"]) == ("register", job_id, "succeeded")


@pytest.mark.parametrize("prefix", ["", "some/prefix/", "uploads/models/"])
def test_an_upload_that_landed_is_registered_once(function: ModuleType, prefix: str) -> None:
    job_id = upload(function.store)
    event = landed(f"{prefix}uploads/models/{job_id}")

    for _ in range(2):
        assert function.handler(event, None) == {"job": job_id, "state": "succeeded"}

    assert list_versions(function.store, "digits") == [1]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"job": "0" * 32}, "job_not_found"),
        ({"job": "../../models"}, "invalid_name"),
        ({"job": 1}, "invalid_request"),
        ({}, "invalid_request"),
        ([], "invalid_request"),
        (None, "invalid_request"),
        ("text", "invalid_request"),
        ({"detail": None}, "invalid_request"),
        (landed("uploads/models/"), "invalid_request"),
        (landed("uploads/tensors/" + "0" * 32), "invalid_request"),
        (landed("uploads/models/a/b"), "invalid_request"),
        (landed("uploads/models/stranger"), "invalid_name"),
        (landed("uploads/models/" + "0" * 32), "job_not_found"),
    ],
)
def test_an_event_that_registers_nothing_is_answered_with_the_reason(
    function: ModuleType, event: Any, code: str
) -> None:
    answer = function.handler(event, None)

    assert set(answer) == {"error", "code"}
    assert answer["code"] == code


def test_what_may_succeed_later_is_raised_so_that_lambda_tries_again(
    function: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "jobs").symlink_to(tmp_path / "store" / "jobs")  # reading it fails: a loop of links

    with pytest.raises(StoreUnavailable):
        function.handler({"job": "0" * 32}, None)

    line = json.loads(capsys.readouterr().out)
    assert (line["code"], line["errors"]) == ("store_unavailable", 1)


def test_the_function_imports_no_web_framework_and_no_runtime() -> None:
    code = "import sys, functions.register.handler; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    env = {**os.environ, "MODELET_STORE": f"memory://{uuid.uuid4().hex}"}

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert not {"fastapi", "starlette", "mangum", "pydantic", "boto3", "onnx", "onnxruntime"} & set(done.stdout.split())


def test_jobs_of_another_store_are_not_found(function: ModuleType) -> None:
    job_id = upload(open_store(f"memory://{uuid.uuid4().hex}"))

    assert function.handler({"job": job_id}, None)["code"] == "job_not_found"
