"""Opening a model with ONNX Runtime: what it is told about threads, memory and the form that the model has.

Session options: https://github.com/microsoft/onnxruntime/blob/main/include/onnxruntime/core/session/onnxruntime_session_options_config_keys.h
"""

import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Union

# Before the import, which begins with it (https://github.com/microsoft/onnxruntime/pull/27379).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

from modelet.manifest import Signature, Variant
from modelet.manifest.document import EXTENSIONS

if TYPE_CHECKING:
    from modelet.session.mapped import Mapped

Source = Union[str, bytes, "Mapped"]
"""A file by its path, a model, or one whose weights are mapped."""

RUNTIME: str = onnxruntime.__version__

FATAL_ONLY = 4
"""What the runtime may write to standard error: its errors are raised, and their text may quote a caller's values."""

MAPPED = {
    "session.load_model_format": "ORT",
    "session.use_memory_mapped_ort_model": "1",
    "session.use_ort_model_bytes_for_initializers": "1",
}
"""Weights stay where they are mapped. Only for a path: the same of a model that is given as bytes is a crash."""


def open_runtime(
    source: Source, signature: Signature, threads: int, variant: Variant | None = None, domains: Collection[str] = ()
) -> onnxruntime.InferenceSession:
    """Open a canonical model, or the variant that lies at a path; raises whatever the runtime raises. `domains` are
    those of its operators.

    The file may be removed or closed afterwards: what is mapped stays.
    """
    plain = isinstance(source, str | bytes)
    options = session_options(signature, threads, variant if plain else None)
    if EXTENSIONS in domains:
        from modelet.session.custom import register  # few models have such operators

        register(options)
    if not isinstance(source, str | bytes):
        from modelet.session.mapped import open_mapped  # large models only

        return open_mapped(source, options, variant)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def session_options(signature: Signature, threads: int, variant: Variant | None = None) -> onnxruntime.SessionOptions:
    """How a canonical model, or a variant, is opened and run."""
    options = onnxruntime.SessionOptions()
    # Explicit counts also keep the runtime from setting affinities that Lambda forbids (onnxruntime#8313).
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = FATAL_ONLY
    if shapes_vary(signature):
        # What the arena took for one shape it keeps, and fragments for the next (onnxruntime#11627). Where only the
        # number of rows varies it is worth its memory: a thousand rows take half the time.
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    entries = {"session.intra_op.allow_spinning": "0"}
    if variant is not None:
        entries |= MAPPED
        if not variant.prepacking:
            entries["session.disable_prepacking"] = "1"
    for name, value in entries.items():
        options.add_session_config_entry(name, value)
    return options


def shapes_vary(signature: Signature) -> bool:
    """Whether inputs may differ in more than their number of rows."""
    fixed_from = 1 if signature.batched else 0
    return any(spec.shape is None or -1 in spec.shape[fixed_from:] for spec in signature.inputs)
