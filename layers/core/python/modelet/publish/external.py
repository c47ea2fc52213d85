"""Taking external data in: one artifact is one file. Only plain sibling files are read, for a location is the model
author's word.

Threats: https://github.com/onnx/onnx/blob/main/docs/ExternalDataSecurity.md
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto

from modelet.errors import RefusedModel

MAX_MODEL_BYTES = 2**31 - 1  # what one protobuf message may hold


def take_in(model: ModelProto, folder: Path) -> bool:
    """Replace every external tensor by its bytes from `folder`; answers whether there was any.

    Raises RefusedModel for a missing file, and for a location that is not a plain file beside the model: an absolute
    path, a path with folders or `..`, a symbolic link, a hard link, a range outside the file.
    """
    external = [tensor for tensor in tensors(model) if tensor.data_location == TensorProto.EXTERNAL]
    total = model.ByteSize()
    for tensor in external:
        data = _read(tensor, folder)
        total += len(data)
        if total > MAX_MODEL_BYTES:
            raise RefusedModel("The model has more than 2 GB of weights, which one ONNX file cannot hold.")
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.DEFAULT
        tensor.raw_data = data
    return bool(external)


def tensors(model: ModelProto) -> Iterator[TensorProto]:
    """Every tensor of a model: initialisers and attributes, those of subgraphs and functions included."""
    yield from _graph_tensors(model.graph)
    for function in model.functions:
        for node in function.node:
            yield from _node_tensors(node)
    for training in model.training_info:
        yield from _graph_tensors(training.initialization)
        yield from _graph_tensors(training.algorithm)


def _graph_tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from _sparse_tensors(sparse)
    for node in graph.node:
        yield from _node_tensors(node)


def _node_tensors(node: NodeProto) -> Iterator[TensorProto]:
    for attribute in node.attribute:
        yield from _attribute_tensors(attribute)


def _attribute_tensors(attribute: AttributeProto) -> Iterator[TensorProto]:
    if attribute.HasField("t"):
        yield attribute.t
    yield from attribute.tensors
    for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
        yield from _sparse_tensors(sparse)
    for graph in (*((attribute.g,) if attribute.HasField("g") else ()), *attribute.graphs):
        yield from _graph_tensors(graph)


def _sparse_tensors(sparse: SparseTensorProto) -> Iterator[TensorProto]:
    yield from (sparse.values, sparse.indices)


def _read(tensor: TensorProto, folder: Path) -> bytes:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if not location or location in (".", "..") or "/" in location or "\\" in location or "\0" in location:
        raise RefusedModel(
            f"Tensor {tensor.name!r} keeps its data at {location!r}: only a plain file beside the model is taken in."
        )
    file = _open(tensor.name, folder / location)
    try:
        size = os.fstat(file).st_size
        offset, length = _number(tensor, entries, "offset", 0), _number(tensor, entries, "length", -1)
        length = size - offset if length < 0 else length
        if offset < 0 or length < 0 or offset + length > size:
            raise RefusedModel(
                f"Tensor {tensor.name!r} wants bytes {offset} to {offset + length} of {location!r}, which has {size}."
            )
        return _read_range(file, offset, length)
    finally:
        os.close(file)


def _open(tensor: str, path: Path) -> int:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise RefusedModel(
            f"The external file {path.name!r} (tensor {tensor!r}) is missing: put it beside the model, "
            f"or save the model with its weights inside."
        ) from None
    except OSError:
        raise RefusedModel(
            f"The external file {path.name!r} (tensor {tensor!r}) is a link or cannot be read."
        ) from None
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(file)
        raise RefusedModel(
            f"The external file {path.name!r} (tensor {tensor!r}) is a hard link or no plain file: copy it."
        )
    return file


def _number(tensor: TensorProto, entries: dict[str, str], key: str, default: int) -> int:
    text = entries.get(key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise RefusedModel(f"Tensor {tensor.name!r} has an external {key} that is not a number: {text!r:.80}.")
    return int(text)


def _read_range(file: int, offset: int, length: int) -> bytes:
    # One read answers at most 2 GiB less a page; more than that is refused here already.
    if length > MAX_MODEL_BYTES - 4096:
        raise RefusedModel("The model has more than 2 GB of weights, which one ONNX file cannot hold.")
    return os.pread(file, length, offset)
