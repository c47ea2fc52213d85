"""Examining a candidate in a child process, so that a hostile or huge model harms nobody: not the function, not the
store.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelet.errors import RefusedModel
from modelet.manifest import Signature
from modelet.manifest.fields import Fields

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What examining a candidate may use."""

    memory_bytes: int = 4096 * MIB
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the child found: the canonical file, and everything that the manifest says of it."""

    path: Path
    signature: Signature
    facts: dict[str, Any]


@contextmanager
def examined(path: Path, limits: Limits) -> Iterator[Candidate]:
    """Examine the model file at `path`; its canonical form lives as long as the context. Raises RefusedModel with the
    reason.
    """
    if not path.is_file():
        raise RefusedModel(f"There is no model file {str(path)!r}.")
    with tempfile.TemporaryDirectory(prefix="modelet-") as name:
        folder = Path(name)
        request = {"path": str(path.absolute()), "memory_bytes": limits.memory_bytes}
        (folder / "request.json").write_text(json.dumps(request))
        report = _run(folder, path.name, limits)
        if "refused" in report:
            raise RefusedModel(f"Model file {path.name!r} cannot be served: {report['refused']}")
        signature = Signature.read(Fields("signature", report.pop("signature")))
        yield Candidate(folder / "model.onnx", signature, report)


def _run(folder: Path, title: str, limits: Limits) -> dict[str, Any]:
    process = subprocess.Popen(
        [sys.executable, "-m", "modelet.publish.child", str(folder)],
        env=_environment(),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the parent, which then ends the child
    )
    try:
        _, errors = process.communicate(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise RefusedModel(
            f"Model file {title!r} cannot be served: examining it took longer than {limits.seconds:g} seconds."
        ) from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    report = folder / "report.json"
    if process.returncode == 0 and report.is_file():
        held: dict[str, Any] = json.loads(report.read_text())
        return held
    return {"refused": _verdict(process.returncode, errors, limits)}


def _verdict(status: int, errors: bytes, limits: Limits) -> str:
    text = errors.decode(errors="replace")
    if (
        any(sign in text for sign in ("MemoryError", "bad_alloc", "Cannot allocate memory"))
        or status == -signal.SIGKILL
    ):
        return f"it needs more than the {limits.memory_bytes // MIB} MB that examining it may use."
    if status < 0:
        return f"loading it ended the process by {signal.Signals(-status).name}."
    last = text.strip().rsplit("\n", 1)[-1]
    return f"examining it failed: {last[:300]}."


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "HOME") if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "ORT_DISABLE_TELEMETRY": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
