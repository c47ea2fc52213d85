"""The second step of an examination: load the canonical file, measure that, and find out its true signature."""

import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import onnxruntime

from modelet.errors import RefusedModel
from modelet.manifest.document import WEIGHTS_FILE
from modelet.publish.declared import declared_signature
from modelet.publish.memory import anonymous, peak, resident
from modelet.publish.observed import observed_signature
from modelet.publish.reasons import reason
from modelet.session.custom import NoExtensionsError, register_for
from modelet.session.mapped import open_mapped, read_beside

WARNINGS = 2  # among them that folding constants was given up, which the parent looks for


def run(request: dict[str, Any], artifact: Path) -> Iterator[dict[str, Any]]:
    """Load `artifact` and answer its signature and limits: as declared at first, and then, for it may take long or be
    too much, as observed. `request["declared"]` holds the declared shapes by name, `request["domains"]` those of its
    operators. Raises RefusedModel.
    """
    weights = artifact.with_name(WEIGHTS_FILE)
    # Weights in a file of their own are mapped: nothing of them is private to this process, and all of them are needed.
    mapped, held = (weights.stat().st_size, anonymous) if weights.exists() else (0, resident)
    before, started = held(), time.perf_counter()
    session = _load(artifact, weights if mapped else None, request.get("domains", ()))
    load_ms = round((time.perf_counter() - started) * 1000, 1)

    def limits() -> dict[str, float]:
        grown = mapped + max(held() - before, artifact.stat().st_size)
        return {"load_ms": load_ms, "resident_bytes": grown, "peak_bytes": max(peak(), grown)}

    signature = declared_signature(session, request["declared"])
    yield {"signature": signature.dump(), "limits": limits()}
    signature = observed_signature(session, signature)
    yield {"signature": signature.dump(), "limits": limits()}


def _load(path: Path, weights: Path | None, domains: Collection[str]) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = WARNINGS
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        register_for(domains, options)
        if weights:
            return open_mapped(read_beside(str(path), str(weights)), options, None)
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except MemoryError:
        raise
    except NoExtensionsError as error:
        raise RefusedModel(str(error)) from None
    except Exception as error:  # noqa: BLE001 - the runtime's exceptions share no base class
        raise RefusedModel(reason(error)) from None
