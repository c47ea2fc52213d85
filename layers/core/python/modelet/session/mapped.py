"""Models whose graph and weights are more than one protobuf can hold, which is 2 GB: the graph is read, and the weights
stay where they are mapped, which is where the runtime uses them.

Canonical are two files, of which the graph names the other one as its external data. A variant is one blob, so that it
is found, fetched and verified like any other: its weights, its graph, and how long that is.
"""

import os
from mmap import ACCESS_READ, mmap
from struct import Struct
from typing import NamedTuple

import onnxruntime

from modelet.errors import CorruptObject
from modelet.manifest import Variant
from modelet.manifest.document import WEIGHTS_FILE

FORMAT = "mapped"
ALIGNMENT = 4096
"""What each weight in a file is aligned to: a page of its own, whatever kernel reads it."""

_FOOTER = Struct("<Q8s")
_MAGIC = b"MODELET1"


class Mapped(NamedTuple):
    """The graph's protobuf, and a map whose first `size` bytes are the weights."""

    graph: bytes
    weights: mmap
    size: int


def read_beside(graph: str, weights: str) -> Mapped:
    """The canonical form, from the paths of its two files, which may be closed or removed afterwards."""
    with open(graph, "rb") as file:  # noqa: PTH123 - pathlib is not imported here
        held = file.read()
    mapped = _map(weights)
    return Mapped(held, mapped, len(mapped))


def read_variant(path: str) -> Mapped:
    """The one file of a variant, which may be closed or removed afterwards; raises CorruptObject where it is none."""
    mapped = _map(path)
    end = len(mapped) - _FOOTER.size
    length, magic = _FOOTER.unpack(mapped[end:]) if end >= 0 else (0, b"")
    size = end - length
    if magic != _MAGIC or size < 0:
        raise CorruptObject("The variant of a model of more than 2 GB ends in no such footer as this Modelet knows.")
    return Mapped(mapped[size:end], mapped, size)


def footer(graph: bytes) -> bytes:
    """What the file of a variant ends with."""
    return _FOOTER.pack(len(graph), _MAGIC)


def open_mapped(
    source: Mapped, options: onnxruntime.SessionOptions, variant: Variant | None
) -> onnxruntime.InferenceSession:
    """Open a canonical model, or a variant, whose options are as they would be for any; raises whatever the runtime
    raises.
    """
    entries = {"session.use_external_initializer_file_buffers_directly": "1"}
    if variant is None or not variant.prepacking:
        entries["session.disable_prepacking"] = "1"  # packed weights are a second copy
    if variant is not None:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # it was optimised before
    for name, value in entries.items():
        options.add_session_config_entry(name, value)
    if source.size:
        options.add_external_initializers_from_files_in_memory([WEIGHTS_FILE], [source.weights], [source.size])
    session = onnxruntime.InferenceSession(source.graph, options, providers=["CPUExecutionProvider"])
    # The runtime holds no reference to what it uses: https://github.com/microsoft/onnxruntime/pull/26012
    session.weights = source.weights
    return session


def _map(path: str) -> mmap:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if not os.fstat(descriptor).st_size:
            raise CorruptObject("The file that holds the weights of a model is empty.")
        return mmap(descriptor, 0, access=ACCESS_READ)
    finally:
        os.close(descriptor)
