"""The handler as Lambda runs it: a process of its own that imports little, reads its settings and answers events."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelet.store import open_store
from tests.entrances import EVENTS, load
from tests.onnx_models import scale
from tests.published import publish_model

ROOT = EVENTS.parent
BANNED = {
    "asyncio",
    "boto3",
    "botocore",
    "fastapi",
    "mangum",
    "pandas",
    "pydantic",
    "starlette",
}  # design.md, section 2
UNUSED = {"concurrent.futures", "email", "logging", "ssl"}  # what style.md's floor is free of
MODULES_ALLOWED = 280

ASK = """
import json, sys
from functions.infer.handler import handler
answers = [handler(event, None) for event in json.load(sys.stdin)]
print(json.dumps({"answers": answers, "modules": sorted(sys.modules)}))
"""


def run_handler(env: dict[str, str], *events: dict[str, Any]) -> Any:
    """Answer events in a fresh interpreter; the last line says what it had imported by then."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "MODELET_LOG": "off", **env},
        input=json.dumps(events),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def digits_event(name: str) -> dict[str, Any]:
    event = load(name)
    event["body"] = json.dumps({"x": [[1, 2]]})
    event["isBase64Encoded"] = False
    return event


def test_the_handler_answers_and_imports_no_framework_and_no_sdk(s3_url: str, s3_env: dict[str, str]) -> None:
    publish_model(open_store(s3_url, s3_env), "digits", scale(2.0))

    ran = run_handler(
        s3_env | {"MODELET_STORE": s3_url},
        digits_event("http-api-predict"),
        digits_event("rest-predict"),
        {"model": "digits", "inputs": {"x": [1, 2]}},
        {"model": "nobody", "inputs": {}},
    )

    assert [json.loads(answer["body"]) for answer in ran["answers"][:2]] == [{"y_pred": [[2.0, 4.0]]}] * 2
    assert ran["answers"][2] == {"model": "digits", "version": 1, "outputs": {"y_pred": [2.0, 4.0]}}
    assert (ran["answers"][3]["status"], ran["answers"][3]["code"]) == (404, "model_not_found")
    assert BANNED & set(ran["modules"]) == set()
    assert UNUSED & set(ran["modules"]) == set()
    assert len(ran["modules"]) <= MODULES_ALLOWED


@pytest.mark.parametrize("default", ["digits", ""])
def test_the_deployment_chooses_the_default_model(tmp_path: Path, default: str) -> None:
    store = f"file://{tmp_path}/store"
    publish_model(open_store(store), "digits", scale(2.0))
    event = digits_event("function-url-predict")
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/predict"

    ran = run_handler({"MODELET_STORE": store, "MODELET_DEFAULT_MODEL": default}, event)

    answer = ran["answers"][0]
    assert answer["statusCode"] == (200 if default else 400)
    assert ("y_pred" if default else "MODELET_DEFAULT_MODEL") in answer["body"]
