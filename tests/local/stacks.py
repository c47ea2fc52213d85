"""A stack of functions made for a test, laid out as an installed wheel lays it out, and services that run it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import modelet
from tests.local.samples import ROOT

LIBRARY = Path(modelet.__file__).parents[1]

SERVE = """
import sys
from modelet.local import serve

serve(sys.argv[1], "127.0.0.1", 0, lambda url: print(url, flush=True))
"""

TEMPLATE = """
Globals: {Function: {Timeout: 30, Environment: {Variables: {MODELET_LOG: "off", FROM_TEMPLATE: literal}}}}
Resources:
  Infer:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.infer.handler.handler
      Events:
        Models: {Type: HttpApi, Properties: {Method: ANY, Path: "/models/{proxy+}"}}
"""
FUNCTION = """
  %s:
    Type: AWS::Serverless::Function
    Properties:
      Handler: functions.%s.handler.handler
      Environment: {Variables: {STORE: !Ref Bucket}}
      Events:
        Below: {Type: HttpApi, Properties: {Method: ANY, Path: "/%s/{proxy+}"}}
"""


def install(site: Path, handlers: dict[str, str]) -> Path:
    """Lay out `modelet` with a stack of the real data plane and, at `/name/…`, handlers of the given source."""
    shutil.copytree(LIBRARY / "modelet", site / "modelet", ignore=shutil.ignore_patterns("__pycache__"))
    stack = site / "modelet" / "local" / "stack"
    shutil.copytree(ROOT / "functions" / "infer", stack / "functions" / "infer")
    template = TEMPLATE
    for name, source in handlers.items():
        (stack / "functions" / name).mkdir()
        (stack / "functions" / name / "handler.py").write_text(source, encoding="utf-8")
        template += FUNCTION % (name.title(), name, name)
    (stack / "template.yaml").write_text(template, encoding="utf-8")
    return site


@dataclass
class Service:
    """A process that serves, and the address it gave."""

    process: subprocess.Popen[str]
    url: str

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal and answer the exit status and what was written to standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


def ask(
    url: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """Send the path exactly as it is and answer status and body."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


@contextmanager
def serving(store_url: str, folder: Path, python_path: Path = LIBRARY, **env: str) -> Iterator[Service]:
    """Call `modelet.local.serve` in a process of its own, whose working directory is `folder`."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SERVE, store_url],
        cwd=folder,
        env={**os.environ, "MODELET_LOG": "off", "PYTHONPATH": str(python_path), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Service(process, process.stdout.readline().strip())
    finally:
        process.kill()
        process.communicate()
