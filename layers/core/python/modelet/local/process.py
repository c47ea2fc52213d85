"""Runs the local service in a child process: its handlers take their settings from an environment of their own, so that
one process can start as many services as it likes.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import modelet
from modelet.errors import Unavailable

STOP_SECONDS = 15


@contextmanager
def running(store_url: str, port: int = 0, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """A service for the store at `store_url` on a port of 127.0.0.1 (0 takes a free one), and its URL; stopped on
    leaving.

    `env` adds to the environment of the service. Raises Unavailable with what the service said if it does not start.
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryFile("w+") as said, os.fdopen(reading) as reports:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "modelet.local", store_url, str(port), str(writing)],
            env={**os.environ, "PYTHONPATH": _python_path(), "MODELET_LOG": "off", **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=[writing],
        )
        os.close(writing)
        try:
            url = reports.readline().strip()
            if not url:
                process.wait()
                said.seek(0)
                raise Unavailable(f"The local service did not start: {said.read().strip()}")
            yield url
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _python_path() -> str:
    inherited = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(Path(modelet.__file__).parents[1]), *([inherited] if inherited else [])])
