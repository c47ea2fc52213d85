"""The invoker seam: a process that really runs, and a Lambda endpoint that really gets a request."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from modelet.errors import InvalidSetting, Unavailable
from modelet.jobs.invoking import start

SECONDS = 30
HANDLER = """
import json, os, sys
from pathlib import Path

def handler(event, context):
    tries = Path(os.environ["PIPE"] + ".tries")
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    if len(tries.read_text()) <= event.get("failures", 0):
        raise RuntimeError("not yet")
    print("on standard output")
    with open(os.environ["PIPE"], "w") as pipe:
        json.dump({"event": event, "context": context, "session": os.getsid(0), "tries": len(tries.read_text())}, pipe)
"""


@pytest.fixture
def pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the started handler reports; `started_here.handler` can be imported by this process."""
    (tmp_path / "started_here.py").write_text(HANDLER)
    monkeypatch.syspath_prepend(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def report(pipe: Path) -> dict[str, Any]:
    """What the handler said: opening a pipe waits for its writer."""
    said: dict[str, Any] = json.loads(pipe.read_text())
    return said


def test_a_process_gets_the_event_and_the_environment_in_a_session_of_its_own(pipe: Path) -> None:
    start("process:started_here.handler", {"job": "é"}, {**os.environ, "PIPE": str(pipe)})

    said = report(pipe)
    assert (said["event"], said["context"], said["tries"]) == ({"job": "é"}, None, 1)
    assert said["session"] != os.getsid(0)


def test_a_process_whose_handler_raises_is_tried_again(pipe: Path, capfd: pytest.CaptureFixture[str]) -> None:
    start("process:started_here.handler", {"failures": 1}, {**os.environ, "PIPE": str(pipe)})

    assert report(pipe)["tries"] == 2
    captured = capfd.readouterr()
    assert "RuntimeError: not yet" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "target",
    ["", "lambda:", "process:", "process:handler", "process:a b.c", "process:os;x.y", "http://x", "step:function"],
)
def test_a_target_of_an_unknown_kind_is_named(target: str) -> None:
    with pytest.raises(InvalidSetting, match=r"starts nothing: use lambda:NAME or process:package\.module\.function"):
        start(target, {}, os.environ)


@pytest.mark.parametrize("module", ["nowhere", "nowhere.at.all", "modelet.jobs.nowhere", "json.decoder.nowhere"])
def test_a_module_that_does_not_exist_is_named(module: str) -> None:
    with pytest.raises(InvalidSetting, match=f"there is no module '{module}'"):
        start(f"process:{module}.handler", {}, os.environ)


class LambdaEndpoint(HTTPServer):
    """Answers every request with one status, and keeps what it got."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status = status
        self.got: list[tuple[str, dict[str, str], bytes]] = []


class _Answer(BaseHTTPRequestHandler):
    server: LambdaEndpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((self.path, headers, body))
        self.send_response(self.server.status)
        self.send_header("content-length", "2")
        if self.server.status == 404:
            self.send_header("x-amzn-errortype", "ResourceNotFoundException")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None:
        return


@contextmanager
def lambda_endpoint(monkeypatch: pytest.MonkeyPatch, status: int) -> Iterator[LambdaEndpoint]:
    with LambdaEndpoint(status) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        for name, value in {
            "AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{server.server_port}",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "eu-west-1",
        }.items():
            monkeypatch.setenv(name, value)
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(SECONDS)


def test_a_lambda_function_is_invoked_asynchronously(monkeypatch: pytest.MonkeyPatch) -> None:
    with lambda_endpoint(monkeypatch, 202) as server:
        start("lambda:modelet-register", {"job": "a"}, os.environ)

    ((path, headers, body),) = server.got
    assert path == "/2015-03-31/functions/modelet-register/invocations"
    assert headers["x-amz-invocation-type"] == "Event"
    assert json.loads(body) == {"job": "a"}
    assert "/eu-west-1/lambda/aws4_request" in headers["authorization"]


def test_a_lambda_function_may_be_named_by_its_arn(monkeypatch: pytest.MonkeyPatch) -> None:
    with lambda_endpoint(monkeypatch, 202) as server:
        start("lambda:arn:aws:lambda:eu-west-1:123456789012:function:register", {}, os.environ)

    assert "function%3Aregister" in server.got[0][0]


def test_a_lambda_function_that_cannot_be_invoked_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        lambda_endpoint(monkeypatch, 404),
        pytest.raises(Unavailable, match="'modelet-register' could not be started"),
    ):
        start("lambda:modelet-register", {}, os.environ)
