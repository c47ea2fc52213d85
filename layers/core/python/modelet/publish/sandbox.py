"""Examining a candidate in child processes, so that a hostile or huge model harms nobody: not the function, not the
store.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelet.errors import RefusedModel
from modelet.manifest import Signature
from modelet.manifest.fields import Fields
from modelet.publish.child import CANONICAL, LOAD, PREPARE

MIB = 1024 * 1024
_OUT_OF_MEMORY = re.compile(r"MemoryError|bad_alloc|Cannot allocate memory|Failed to allocate memory")
_FOLDING_GAVE_UP = re.compile(rf"during constant folding.*({_OUT_OF_MEMORY.pattern})")
MAX_REPORT_BYTES = 4 * MIB  # a manifest is read on every cold start


@dataclass(frozen=True, slots=True)
class Limits:
    """What examining a candidate may use."""

    memory_bytes: int = 4096 * MIB
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the children found: the canonical file, and everything that the manifest says of it."""

    path: Path
    signature: Signature
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Failure:
    reason: str
    final: bool


@contextmanager
def examined(path: Path, limits: Limits) -> Iterator[Candidate]:
    """Examine the model file at `path`; its canonical form lives as long as the context. Raises RefusedModel with the
    reason.
    """
    deadline = time.monotonic() + limits.seconds
    with tempfile.TemporaryDirectory(prefix="modelet-") as name:
        folder = Path(name)
        try:
            facts = _step(PREPARE, folder, {"path": str(path.absolute())}, limits, deadline)
            facts |= _step(LOAD, folder, {"declared": facts.pop("declared")}, limits, deadline)
        except RefusedModel as refused:
            raise RefusedModel(f"Model file {path.name!r} cannot be served: {refused.message}") from None
        signature = Signature.read(Fields("signature", facts.pop("signature")))
        yield Candidate(folder / CANONICAL, signature, facts)


def _step(step: str, folder: Path, request: Mapping[str, Any], limits: Limits, deadline: float) -> dict[str, Any]:
    asked = {**request, "memory_bytes": limits.memory_bytes, "seconds": limits.seconds}
    (folder / "request.json").write_text(json.dumps(asked))
    failure = _run(step, folder, limits, deadline)
    report = _read_report(folder / f"{step}.json")
    # What loaded is not refused because a made-up input took too long or too much: its first report stands.
    if failure is not None and (report is None or failure.final):
        raise RefusedModel(failure.reason)
    if report is None:
        raise RefusedModel("examining it ended without a result.")
    if "refused" in report:
        raise RefusedModel(report["refused"])
    return report


def _run(step: str, folder: Path, limits: Limits, deadline: float) -> _Failure | None:
    process = None
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # or a child may begin that nobody ends
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelet.publish.child", step, str(folder)],
            env=_environment(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent, which then ends the child
        )
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        _, errors = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return _too_slow(limits)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
        if process and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return _failure(process.returncode, errors.decode(errors="replace"), limits)


def _failure(status: int, errors: str, limits: Limits) -> _Failure | None:
    too_large = f"it needs more than the {limits.memory_bytes // MIB} MB that examining it may use: raise "
    too_large += "MODELET_CANDIDATE_MB."
    if status == 0:
        # The runtime gives up folding where memory is short, and would not where it is served.
        return _Failure(too_large, final=True) if _FOLDING_GAVE_UP.search(errors) else None
    if status == -signal.SIGKILL or _OUT_OF_MEMORY.search(errors):
        return _Failure(too_large, final=False)
    if status == -signal.SIGXCPU:
        return _too_slow(limits)
    if status < 0:
        return _Failure(f"running it ended the process by {signal.Signals(-status).name}.", final=True)
    return _Failure(f"examining it failed: {errors.strip().rsplit(chr(10), 1)[-1]:.300}.", final=True)


def _too_slow(limits: Limits) -> _Failure:
    return _Failure(
        f"examining it took longer than {limits.seconds:g} seconds: raise MODELET_CANDIDATE_SECONDS.", final=False
    )


def _read_report(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    if path.stat().st_size > MAX_REPORT_BYTES:
        raise RefusedModel(f"its names, shapes and labels take more than {MAX_REPORT_BYTES // MIB} MB.")
    held: dict[str, Any] = json.loads(path.read_text())
    return held


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "HOME": str(folder),  # where no credentials are
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "ORT_DISABLE_TELEMETRY": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
