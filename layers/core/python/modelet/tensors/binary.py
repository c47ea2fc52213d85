"""Tensors as raw bytes: little-endian, row-major, nothing between two elements; each text after its length.

Source:
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from math import prod

import numpy as np

from modelet.errors import InvalidInput
from modelet.tensors.bfloat16 import widen
from modelet.tensors.datatypes import NUMPY_NAMES, WIDENED
from modelet.tensors.nested import Array, is_possible

Buffer = bytes | memoryview

LENGTH_BYTES = 4
DTYPES = {datatype: np.dtype(name).newbyteorder("<") for datatype, name in NUMPY_NAMES.items() if datatype != "BYTES"}
"""How elements lie in the bytes. There is no other byte order where Lambda runs, so that none is ever swapped."""
STORED = {**DTYPES, "BOOL": np.dtype(np.uint8), "BF16": np.dtype("<u2")}


def from_bytes(name: str, data: Buffer, datatype: str, shape: tuple[int, ...]) -> Array:
    """A tensor of a datatype that requests may declare, C-contiguous and read-only.

    It is a view on `data` wherever that is aligned to its elements; but BF16 is widened to float32, and BYTES gives an
    object array of str. Raises InvalidInput, naming `name`, for another number of bytes than the shape needs, for a
    BOOL that is neither 0 nor 1, and for text that is not UTF-8.
    """
    if not is_possible(shape):
        raise InvalidInput(f"Input {name!r} declares shape {shape!r:.200}, which no tensor can have.")
    if datatype == "BYTES":
        return _texts(name, bytes(data), shape)
    stored = STORED[datatype]
    expected = prod(shape) * stored.itemsize
    if len(data) != expected:
        raise InvalidInput(
            f"Input {name!r} of datatype {datatype} and shape {list(shape)} needs {expected} bytes, but has "
            f"{len(data)}."
        )
    array: Array = np.ndarray(shape, stored, data)
    if datatype in WIDENED:
        return widen(array)
    if datatype == "BOOL":
        return _flags(name, array)
    return array if array.flags.aligned else array.copy()


def to_bytes(array: Array) -> Buffer:
    """What `from_bytes` reads: a view on the array where it lies right already."""
    if array.dtype.kind in "OUS":
        return b"".join([framed(text.encode()) for text in array.reshape(-1).tolist()])
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def framed(data: bytes) -> bytes:
    """An element of datatype BYTES: its length, then itself."""
    return len(data).to_bytes(LENGTH_BYTES, "little") + data


def _flags(name: str, array: Array) -> Array:
    if array.size and array.max() > 1:
        place = int((array > 1).argmax())
        raise InvalidInput(
            f"Input {name!r} has datatype BOOL, whose bytes are 0 and 1, but its element {place} is "
            f"{array.reshape(-1)[place]}."
        )
    return array.view(np.bool_)


def _texts(name: str, data: bytes, shape: tuple[int, ...]) -> Array:
    count = prod(shape)
    if len(data) < count * LENGTH_BYTES:
        raise InvalidInput(
            f"Input {name!r} of datatype BYTES and shape {list(shape)} needs at least {count * LENGTH_BYTES} bytes for "
            f"the lengths of its elements, but has {len(data)}."
        )
    array, start = np.empty(count, object), 0
    for index in range(count):
        begin = start + LENGTH_BYTES
        end = begin + int.from_bytes(data[start:begin], "little") if begin <= len(data) else begin
        if end > len(data):
            raise InvalidInput(
                f"Input {name!r} of datatype BYTES needs {end} bytes for its elements up to {index}, but has "
                f"{len(data)}."
            )
        array[index] = _text(name, data[begin:end], index)
        start = end
    if start != len(data):
        raise InvalidInput(
            f"Input {name!r} of datatype BYTES and shape {list(shape)} takes {start} bytes, but has {len(data)}."
        )
    return array.reshape(shape)


def _text(name: str, data: bytes, index: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"Input {name!r}: element {index} is not valid UTF-8, as a model's text is.") from None
