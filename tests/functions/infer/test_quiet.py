"""What native libraries do unasked: wherever the handler runs, they start no threads and write no files, even if nobody
has told them in the environment.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelet.store import open_store
from tests.entrances import EVENTS
from tests.onnx_models import scale
from tests.published import publish_model

SERVE = """
import json, os
from functions.infer.handler import handler
answer = handler({"model": "m", "inputs": {"x": [1, 2]}}, None)
assert answer["outputs"] == {"y_pred": [2.0, 4.0]}, answer
"""
OPEN = """
import json, os
from modelet.session import Session
"""
# Threads that have read or loaded something are about to end; those of the libraries stay.
REPORT = """
import ctypes, time
until = time.monotonic() + 3
while len(os.listdir("/proc/self/task")) > 1 and time.monotonic() < until:
    pass
names = ("ORT_DISABLE_TELEMETRY", "OPENBLAS_NUM_THREADS")
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p
held = [(getenv(name.encode()) or b"").decode() for name in names]
print(json.dumps({"threads": len(os.listdir("/proc/self/task")), "environment": held}))
"""


def run(code: str, home: Path, **env: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT],
        cwd=EVENTS.parent,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "MODELET_LOG": "off", **env},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def test_the_handler_has_one_thread_and_writes_no_file(home: Path, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    publish_model(open_store(url), "m", scale(2.0))

    ran = run(SERVE, home, MODELET_STORE=url, AWS_LAMBDA_FUNCTION_MEMORY_SIZE="1769")

    assert ran == {"threads": 1, "environment": ["1", "1"]}
    assert list(home.rglob("*")) == []


def test_so_does_whoever_opens_sessions_without_the_handler(home: Path) -> None:
    ran = run(OPEN, home, OPENBLAS_NUM_THREADS="1")

    assert ran == {"threads": 1, "environment": ["1", "1"]}
    assert list(home.rglob("*")) == []


def test_what_somebody_has_chosen_stays_chosen(home: Path, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/store"
    publish_model(open_store(url), "m", scale(2.0))

    ran = run(SERVE, home, MODELET_STORE=url, OPENBLAS_NUM_THREADS="2", ORT_DISABLE_TELEMETRY="1")

    assert ran["environment"] == ["1", "2"]
