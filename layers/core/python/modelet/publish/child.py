"""The child process that meets a candidate first: `python -m modelet.publish.child FOLDER`, under limits of memory and
time.

It reads `request.json` in FOLDER and leaves `report.json` and, for a candidate that can be served, the canonical
`model.onnx`. It has no credentials, so that a hostile model finds none.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from google.protobuf.message import DecodeError

from modelet.errors import RefusedModel
from modelet.publish.canonical import canonicalise
from modelet.publish.examine import signature_of
from modelet.publish.external import take_in
from modelet.publish.reasons import reason

ERRORS_ONLY = 3


def main(folder: Path) -> None:
    """Examine the candidate that `request.json` names and write the report."""
    request = json.loads((folder / "request.json").read_text())
    _limit(request["memory_bytes"])
    try:
        report = examine(Path(request["path"]), folder / "model.onnx")
    except RefusedModel as error:
        report = {"refused": error.message}
    except MemoryError:
        report = {"refused": f"it needs more than the {request['memory_bytes'] >> 20} MB that examining it may use."}
    (folder / "report.json").write_text(json.dumps(report))


def examine(path: Path, target: Path) -> dict[str, Any]:
    """Load, fix, verify and measure a candidate and write its canonical form to `target`; raises RefusedModel."""
    model = _parse(path)
    changed = take_in(model, path.parent)
    fixed, labels = canonicalise(model)
    data = model.SerializeToString(deterministic=True) if changed or fixed else path.read_bytes()
    target.write_bytes(data)
    facts = {
        "labels": labels,
        "opsets": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "description": model.doc_string or None,
        "producer": f"{model.producer_name} {model.producer_version}".strip() or None,
    }
    before, started = _resident(), time.perf_counter()
    session = _load(target)
    load_ms = (time.perf_counter() - started) * 1000
    signature = signature_of(model, session)
    limits = {
        "load_ms": round(load_ms, 1),
        "resident_bytes": max(_resident() - before, len(data)),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    return {**facts, "signature": signature.dump(), "limits": limits}


def _parse(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(str(path), load_external_data=False)
    except (DecodeError, UnicodeDecodeError):
        raise RefusedModel("it is not an ONNX file: its protobuf cannot be read.") from None
    if not model.HasField("graph") or not model.graph.node:
        raise RefusedModel("it is not an ONNX file: it holds no graph.")
    return model


def _load(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = ERRORS_ONLY
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the runtime's exceptions share no base class
        raise RefusedModel(reason(error)) from None


def _limit(memory_bytes: int) -> None:
    # What the libraries have mapped already is not the model's doing.
    limit = _statm(0) + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _resident() -> int:
    return _statm(1)


def _statm(field: int) -> int:
    return int(Path("/proc/self/statm").read_text().split()[field]) * resource.getpagesize()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
