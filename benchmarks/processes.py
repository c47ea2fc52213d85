"""Servers in processes of their own: each prints its address as its first line and ends when it is told to."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextmanager
def serving(module: str, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `python -m MODULE ARGUMENTS` and answer its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        if not address:
            raise SystemExit(f"benchmarks: {module} did not start.")
        yield address
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
