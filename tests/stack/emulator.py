"""The Lambda runtime interface emulator that aws-sam-cli carries, around a built function.

It takes one invoke at a time: two at once crash it. What a handler raises comes back with status 200 and has to be read
off the body: https://github.com/aws/aws-lambda-runtime-interface-emulator/issues/97
"""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recipe.target import HERE, ROOT
from tests.servers import free_port
from tests.stack.built import Built

START_SECONDS = 30.0
INVOKE = "2015-03-31/functions/function/invocations"


@dataclass(frozen=True, slots=True)
class Function:
    """A running function and the file that its standard output and error go to."""

    url: str
    log: Path

    def invoke(self, event: object) -> Any:
        """Invoke it and wait for the answer; fails for what the handler raised."""
        request = urllib.request.Request(f"{self.url}/{INVOKE}", data=json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errorType" not in answer, answer
        return answer

    def lines(self) -> list[dict[str, Any]]:
        """What the function logged: one JSON line per invocation."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@contextmanager
def running(built: Built, handler: str, env: dict[str, str], scratch: Path) -> Iterator[Function]:
    """Run a built function as Lambda would: from its artifacts alone, and writing no bytecode."""
    (emulator,) = ROOT.glob(f".venv-sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{HERE}")
    port, runtime_port = free_port(), free_port()
    addresses = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    addresses += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
    # Without `site`, so that nothing which this machine has installed can be imported.
    command = [str(emulator), *addresses, built.interpreter, "-S", "-m", "awslambdaric", handler]
    log = scratch / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=built.function, env=_environment(built, env, scratch), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(port, process)
        yield Function(f"http://127.0.0.1:{port}", log)
    finally:
        process.terminate()
        process.wait()


def _environment(built: Built, env: dict[str, str], scratch: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONPATH": built.python_path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "LAMBDA_TASK_ROOT": str(built.function),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
        **env,
    }


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.01)
    raise AssertionError("the emulator did not start")
