"""The main job as a user runs it: the demo; and a service that is asked all the while its models change."""

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.onnx_models import save, scale

ASKERS = 4


def modelet(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "modelet.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@contextmanager
def service(folder: Path) -> Iterator[str]:
    """`modelet up` in a process of its own; answers its address."""
    command = [sys.executable, "-m", "modelet.cli", "up", "--port", "0", "--json"]
    environment = {**os.environ, "MODELET_ALIAS_TTL": "0", "MODELET_LOG": "off"}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            told = b""
            while not told.endswith(b"}\n"):
                line = process.stdout.readline()
                assert line, "the service ended"
                told += line
            yield orjson.loads(told)["url"]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0


def ask(
    address: str, path: str, body: bytes, content_type: str = "application/json"
) -> tuple[int, str, dict[str, Any]]:
    request = urllib.request.Request(address + path, body, {"content-type": content_type})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.headers["x-modelet-version"], orjson.loads(answer.read())


def test_the_demo_trains_registers_serves_and_predicts(tmp_path: Path) -> None:
    environment = {**os.environ, "DEMO_ONCE": "1"}
    environment.pop("MODELET_STORE", None)

    command = [sys.executable, "-m", "modelet.cli", "demo", "--port", "0"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    accuracy = re.search(r"accuracy (0\.\d+) on \d+ held-out digits", done.stdout)
    assert accuracy is not None
    assert float(accuracy[1]) >= 0.96
    assert f"version 1 in file://{tmp_path}/.modelet/store, promoted to live" in done.stdout
    predicted = re.search(r"Predicted +(\d) \(probability [01]\.\d+\); the truth is (\d)", done.stdout)
    assert predicted is not None
    assert predicted[1] == predicted[2]
    assert re.search(r"Answered +in [\d.]+ ms cold .*, [\d.]+ ms warm", done.stdout)
    assert re.search(
        r"curl -s http://127\.0\.0\.1:\d+/models/digits/predict -d '\{\"image\": \[[0-9, ]+\]\}'", done.stdout
    )
    assert "Traceback" not in done.stderr


def test_not_one_request_fails_while_models_are_pushed_promoted_and_rolled_back(tmp_path: Path) -> None:
    for factor in (2, 3):
        save(scale(float(factor)), tmp_path / f"{factor}.onnx")
    assert modelet(tmp_path, "push", "2.onnx", "-n", "churn").returncode == 0
    answers: Counter[tuple[int, str, float]] = Counter()
    done, lock = threading.Event(), threading.Lock()

    def keep_asking(address: str) -> None:
        while not done.is_set():
            status, version, outputs = ask(address, "/models/churn/predict", b'{"x": [1, 1]}')
            with lock:
                answers[status, version, outputs["y_pred"][0]] += 1

    with service(tmp_path) as address:
        askers = [threading.Thread(target=keep_asking, args=(address,)) for _ in range(ASKERS)]
        for asker in askers:
            asker.start()
        changes = [
            modelet(tmp_path, *words)
            for words in (
                ("push", "3.onnx", "-n", "churn", "--promote"),
                ("rollback", "churn"),
                ("promote", "churn", "--split", "1=50,2=50"),
                ("promote", "churn", "2"),
            )
        ]
        assert ask(address, "/models/churn/predict", b'{"x": [1, 1]}')[1] == "2"
        done.set()
        for asker in askers:
            asker.join()

    assert [change.returncode for change in changes] == [0] * len(changes), changes
    assert set(answers) == {(200, "1", 2.0), (200, "2", 3.0)}, "an asker ends at its first failure"
    assert sum(answers.values()) > ASKERS


@pytest.mark.parametrize("name", ["predict", "v2"])
def test_what_curl_sends_by_itself_is_answered(tmp_path: Path, name: str) -> None:
    save(scale(2.0), tmp_path / "model.onnx")
    modelet(tmp_path, "push", "model.onnx", "--name", "churn")
    bodies = {
        "predict": ("/models/churn/predict", b'{"x": [[0.1, 0.2]]}'),
        "v2": (
            "/v2/models/churn/infer",
            b'{"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [0.1, 0.2]}]}',
        ),
    }

    with service(tmp_path) as address:
        answer = ask(address, *bodies[name], content_type="application/x-www-form-urlencoded")[2]

    flat = answer["y_pred"][0] if name == "predict" else answer["outputs"][0]["data"]
    assert flat == [0.2, 0.4]
