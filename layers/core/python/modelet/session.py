"""A loaded model: an ONNX Runtime session with its manifest. The only importer of onnxruntime on the serving side."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as native

from modelet.errors import CorruptObject, ModelRunFailed, OutOfMemory
from modelet.manifest import Manifest

Array = np.ndarray[Any, Any]

FATAL_ONLY = 4
"""What the runtime may write to standard error: its errors are raised, and their text may quote a caller's values."""


class Session:
    """One version of one model, ready to run; safe to share between threads."""

    def __init__(self, manifest: Manifest, artifact: bytes, threads: int) -> None:
        """Load the canonical artifact. Raises CorruptObject where the runtime refuses it, OutOfMemory where it does not
        fit.
        """
        self.manifest = manifest
        options = onnxruntime.SessionOptions()
        # Explicit counts also keep the runtime from setting affinities that Lambda forbids (onnxruntime#8313).
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = FATAL_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            with _as_file(artifact) as source:
                self._runtime = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 - the runtime's exceptions share no base class
            if _is_out_of_memory(error):
                raise OutOfMemory(f"{_title(manifest)} does not fit the memory of this function.") from None
            raise CorruptObject(f"{_title(manifest)} cannot be loaded: {_reason(error)}") from None

    def run(self, inputs: Mapping[str, Array], outputs: Sequence[str]) -> dict[str, Array]:
        """Run the model on arrays by input name and answer arrays by output name.

        Raises ModelRunFailed with the runtime's reason, OutOfMemory where an intermediate result does not fit.
        """
        try:
            values = self._runtime.run(list(outputs), dict(inputs))
        except _RUN_ERRORS as error:
            title = _title(self.manifest)
            if _is_out_of_memory(error):
                raise OutOfMemory(f"{title} needs more memory for this input than this function has.") from None
            raise ModelRunFailed(f"{title} could not be run on this input: {_reason(error)}") from None
        return dict(zip(outputs, map(np.asarray, values), strict=True))


_RUN_ERRORS: tuple[type[Exception], ...] = (
    native.Fail,
    native.InvalidArgument,
    native.RuntimeException,
    native.NotImplemented,
    native.EPFail,
    native.InvalidGraph,
    ValueError,
    RuntimeError,
    MemoryError,
)


@contextmanager
def _as_file(artifact: bytes) -> Iterator[str | bytes]:
    # The runtime keeps a second copy of a model that is given as bytes, and none of one that is given as a file.
    create = getattr(os, "memfd_create", None)
    if create is None:
        yield artifact
        return
    descriptor = create("model")
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(artifact)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _title(manifest: Manifest) -> str:
    return f"Model {manifest.model!r} version {manifest.version}"


def _is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or "Failed to allocate memory" in str(error)


def _reason(error: Exception) -> str:
    # "[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Got invalid dimensions ...": the user wants the last part.
    return str(error).split(" : ", 3)[-1].strip().split("\n", 1)[0]
