"""Tensors as files: raw bytes, or the .npy format, of which no pickle is ever read.

https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

import re
from math import prod

import numpy as np

from modelet.errors import InvalidInput
from modelet.tensors.binary import STORED, from_bytes
from modelet.tensors.datatypes import NUMPY_NAMES, WIDENED
from modelet.tensors.nested import Array, is_possible

Shape = tuple[int, ...]

MAGIC = b"\x93NUMPY"
MAX_HEADER = 4096
"""Bytes; numpy writes some 120 of them for an array without fields."""

_LENGTH_BYTES = {1: 2, 2: 4}
"""Of the header's length, by the format's version; later ones are only for arrays with fields."""
_HEADER = re.compile(
    rb"\{\s*'descr':\s*'([<>|=](?:b1|[iu][1248]|f[248]))',\s*'fortran_order':\s*(True|False),\s*"
    rb"'shape':\s*\(([0-9, ]*)\)\s*,?\s*\}\s*"
)


def read_stored(name: str, data: Array, datatype: str, shape: Shape | None) -> Array:
    """The C-contiguous tensor in the bytes of a file. `datatype` is one that requests may declare, `shape` what the
    caller or the model says, where -1 is any size.

    Raises InvalidInput, naming `name`, for a .npy file of another datatype or of none, for raw bytes of unknown shape,
    and for too few or too many bytes.
    """
    if data[: len(MAGIC)].tobytes() == MAGIC:
        return _read_npy(name, data, datatype)
    return from_bytes(name, data.data, datatype, _complete(name, len(data), datatype, shape))


def _complete(name: str, size: int, datatype: str, shape: Shape | None) -> Shape:
    if shape is not None and -1 not in shape:
        return shape
    if shape is None or shape.count(-1) > 1 or datatype == "BYTES":
        raise InvalidInput(
            f"Input {name!r} refers to raw bytes of unknown shape: send a 'shape' with the reference, or upload a .npy "
            "file."
        )
    row = prod(length for length in shape if length != -1) * STORED[datatype].itemsize
    return tuple((size // row if row else 0) if length == -1 else length for length in shape)


def _read_npy(name: str, data: Array, datatype: str) -> Array:
    start, header = read_header(data)
    if header is None or datatype == "BYTES":
        raise InvalidInput(
            f"Input {name!r} of datatype {datatype} refers to a .npy file, of which only plain numbers are read, and "
            "neither objects nor text nor fields."
        )
    descr, order, sizes = header.groups()
    wanted, found = np.dtype(NUMPY_NAMES[WIDENED.get(datatype, datatype)]), np.dtype(descr.decode())
    if found.newbyteorder("=") != wanted:
        raise InvalidInput(
            f"Input {name!r} must have datatype {datatype}, but the .npy file holds {found.name}: save "
            f"array.astype({wanted.name!r})."
        )
    numbers, shape = data[start:], tuple(map(int, re.findall(rb"[0-9]+", sizes)))
    if not is_possible(shape) or prod(shape) * found.itemsize != len(numbers):
        raise InvalidInput(
            f"Input {name!r} refers to a .npy file of shape {list(shape)!r:.200} with {len(numbers)} bytes of numbers."
        )
    flat = from_bytes(name, numbers.data, "BOOL", numbers.shape) if datatype == "BOOL" else numbers.view(found)
    return np.require(flat.reshape(shape, order="F" if order == b"True" else "C"), wanted, ["C", "A"])


def read_header(data: Array) -> "tuple[int, re.Match[bytes] | None]":
    """Where the numbers start, and what the header says of them; None for what is no array of plain numbers."""
    prelude = data[:12].tobytes()
    length_bytes = _LENGTH_BYTES.get(int.from_bytes(prelude[6:7], "little"))
    if length_bytes is None:
        return 0, None
    begin = 8 + length_bytes
    length = int.from_bytes(prelude[8:begin], "little")
    if length > MAX_HEADER:
        return 0, None
    return begin + length, _HEADER.fullmatch(data[begin : begin + length].tobytes())
