"""The second step of an examination: load the canonical file, measure that, and find out its true signature."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnxruntime

from modelet.errors import RefusedModel
from modelet.publish.declared import declared_signature
from modelet.publish.memory import peak, resident
from modelet.publish.observed import observed_signature
from modelet.publish.reasons import reason

WARNINGS = 2  # among them that folding constants was given up, which the parent looks for


def run(request: dict[str, Any], artifact: Path) -> Iterator[dict[str, Any]]:
    """Load `artifact` and answer its signature and limits: as declared at first, and then, for it may take long or be
    too much, as observed. `request["declared"]` holds the declared shapes by name. Raises RefusedModel.
    """
    before, started = resident(), time.perf_counter()
    session = _load(artifact)
    load_ms = round((time.perf_counter() - started) * 1000, 1)

    def limits() -> dict[str, float]:
        grown = max(resident() - before, artifact.stat().st_size)
        return {"load_ms": load_ms, "resident_bytes": grown, "peak_bytes": peak()}

    signature = declared_signature(session, request["declared"])
    yield {"signature": signature.dump(), "limits": limits()}
    signature = observed_signature(session, signature)
    yield {"signature": signature.dump(), "limits": limits()}


def _load(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = WARNINGS
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the runtime's exceptions share no base class
        raise RefusedModel(reason(error)) from None
