"""A side of a benchmark in a process of its own: it is asked for one round at a time, so that sides can take turns.

`python -m benchmarks.worker MODULE:OPEN` calls `OPEN` with the first line of standard input, an object of options, and
what that returned with each further line. Whatever a side prints goes nowhere, as fast as it would to a log.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


class Worker:
    """The parent's end of a side."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The process to look at."""
        return self._process.pid

    def ask(self, **what: Any) -> dict[str, Any]:
        """One round, and what the side says of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"benchmarks: {self._process.args!r} ended with status {self._process.wait()}.")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def working(side: str, env: Mapping[str, str] | None = None, **options: Any) -> Iterator[Worker]:
    """A side that is ready to be asked; `env` adds to the environment. It ends with the context."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", side],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(options) + "\n")
        process.stdin.flush()
        if process.stdout.readline() != "ready\n":
            raise SystemExit(f"benchmarks: {side} did not start.")
        yield Worker(process)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def main(side: str) -> None:
    """Open a side and answer each line of standard input."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    module, _, name = side.partition(":")
    act = getattr(import_module(module), name)(**json.loads(sys.stdin.readline()))
    answers.write("ready\n")
    for line in sys.stdin:
        answers.write(json.dumps(act(**json.loads(line))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
