"""Clients that users already have, unmodified, in an environment of their own (`requirements/clients.in`)."""

import subprocess
from pathlib import Path

from tests.local.samples import ROOT

FOLDER = Path(__file__).parent / "scripts"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
ENV = {"MODELET_DEFAULT_MODEL": "double"}
"""What a deployment needs beside its store, so that every script finds its models."""


def ask(script: str, address: str) -> None:
    """Run a script with its client against a service; fails with what the script said."""
    command = [str(ROOT / ".venv-clients" / "bin" / "python"), str(FOLDER / script), address]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert asked.returncode == 0, asked.stderr[-4000:]
