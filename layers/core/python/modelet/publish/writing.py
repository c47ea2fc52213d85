"""Writing a model tensor by tensor: serialising it as a whole takes several times its size in memory.

The file is what `SerializeToString` writes, but for the order of fields, which means nothing.
Source: https://protobuf.dev/programming-guides/encoding/
"""

from pathlib import Path

from onnx import GraphProto, ModelProto


def write_model(model: ModelProto, path: Path) -> None:
    """Write a model to `path`, always the same bytes for the same model. The model is empty afterwards."""
    tensors = list(model.graph.initializer)
    model.graph.ClearField("initializer")
    graph = model.graph.SerializeToString(deterministic=True)
    model.ClearField("graph")
    sizes = [tensor.ByteSize() for tensor in tensors]
    heads = [_head(GraphProto.INITIALIZER_FIELD_NUMBER, size) for size in sizes]
    with path.open("wb") as file:
        file.write(model.SerializeToString(deterministic=True))
        file.write(_head(ModelProto.GRAPH_FIELD_NUMBER, len(graph) + sum(map(len, heads)) + sum(sizes)) + graph)
        for head, tensor in zip(heads, tensors, strict=True):
            file.write(head)
            file.write(tensor.SerializeToString(deterministic=True))


def _head(field: int, size: int) -> bytes:
    # A field that holds a message: its number and the wire type 2, and the length of the message.
    return _varint(field << 3 | 2) + _varint(size)


def _varint(number: int) -> bytes:
    groups = []
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])
