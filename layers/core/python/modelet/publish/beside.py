"""Laying the weights of a model beside its graph, in one file, as the runtime will map it: for models that are larger
than one protobuf can be.

Only initialisers of the main graph can lie there, for the runtime looks for no others; those that are small stay in the
graph, where what infers shapes sees them.
"""

from collections.abc import Iterable
from math import prod
from typing import BinaryIO

from onnx import ModelProto, TensorProto, helper

from modelet.errors import RefusedModel
from modelet.manifest.document import WEIGHTS_FILE
from modelet.publish.external import Outside, Place, take_in, total
from modelet.publish.step import ONE_FILE_BYTES
from modelet.session.mapped import ALIGNMENT

SMALLEST = 1024
"""Bytes: what is smaller stays in the graph."""

_PACKED: dict[int, int] = {
    TensorProto.INT4: 4,
    TensorProto.UINT4: 4,
    TensorProto.FLOAT4E2M1: 4,
    TensorProto.INT2: 2,
    TensorProto.UINT2: 2,
}
"""Bits of the datatypes of which several share a byte."""


def lay_beside(model: ModelProto, outside: Outside, target: BinaryIO) -> int:
    """Write the weights of a model, some of which may be external already, to the empty file `target`, and let its
    tensors name them there as in `WEIGHTS_FILE`; answers their size.

    Always the same bytes for the same initialisers in the same order. Raises RefusedModel for external data that may
    not be read or is not as long as its tensor, and where what has to stay in the graph is too large for it.
    """
    places = {id(tensor): place for tensor, place in outside}
    laid = _Laid(target)
    for tensor in model.graph.initializer:
        place = places.get(id(tensor))
        if place is not None and place.length >= SMALLEST:
            _check_length(tensor, place)
            laid.add(tensor, place.chunks(tensor.name), place.length, place)
            del places[id(tensor)]
        elif place is None and len(tensor.raw_data) >= SMALLEST:
            laid.add(tensor, [tensor.raw_data], len(tensor.raw_data))
    rest = [(tensor, place) for tensor, place in outside if id(tensor) in places]
    if total(rest) > ONE_FILE_BYTES - model.ByteSize():
        raise RefusedModel(
            "it has more than 2 GB of tensors elsewhere than among the initialisers of its graph, which one ONNX file "
            "cannot hold: save them as initialisers."
        )
    take_in(rest)
    return laid.size


class _Laid:
    """The file so far. What several tensors share in their file, they share here."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._known: dict[Place, int] = {}
        self.size = 0

    def add(self, tensor: TensorProto, data: Iterable[bytes], length: int, place: Place | None = None) -> None:
        offset = self._known.get(place) if place else None
        if offset is None:
            offset = -(-self.size // ALIGNMENT) * ALIGNMENT
            self._file.write(bytes(offset - self.size))
            for chunk in data:
                self._file.write(chunk)
            self.size = offset + length
            if place:
                self._known[place] = offset
        tensor.ClearField("raw_data")
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", WEIGHTS_FILE), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))


def _check_length(tensor: TensorProto, place: Place) -> None:
    # The runtime uses the bytes where they are: there must be as many as it will read.
    try:
        bits = _PACKED.get(tensor.data_type) or 8 * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    except KeyError:
        bits = 0
    if not bits or tensor.data_type == TensorProto.STRING:
        raise RefusedModel(f"tensor {tensor.name!r:.200} has a datatype that cannot lie in an external file.")
    wanted = (prod(tensor.dims) * bits + 7) // 8
    if wanted != place.length:
        raise RefusedModel(
            f"tensor {tensor.name!r:.200} has {place.length} bytes of external data, but its shape and datatype take "
            f"{wanted}."
        )
