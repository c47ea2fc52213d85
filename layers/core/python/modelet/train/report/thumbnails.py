"""Rows that are pictures, shown as such: a table of 784 numbers tells nobody what a digit looked like."""

import struct
import zlib
from base64 import b64encode
from math import isqrt
from typing import TYPE_CHECKING, Any

from modelet.train.report.markup import Markup, element
from modelet.train.table import Field, Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

SMALLEST, LARGEST = 5, 64
"""In pixels a side."""


def side_of(fields: tuple[Field, ...]) -> int | None:
    """How many pixels a side a row has, where its fields are those of a square picture; None where they are not."""
    side = isqrt(len(fields))
    is_picture = side * side == len(fields) and SMALLEST <= side <= LARGEST
    return side if is_picture and all("pixel" in field.name.lower() for field in fields) else None


def thumbnail(table: Table, row: int, side: int) -> Markup:
    """One row as a picture, from white, its smallest value, to black."""
    import numpy as np

    pixels = np.nan_to_num(np.asarray(table.rows[row], np.float64)).reshape(side, side)
    span = float(np.ptp(pixels)) or 1.0
    grey = (255 - 255 * (pixels - pixels.min()) / span).astype(np.uint8)
    source = "data:image/png;base64," + b64encode(_png(grey)).decode()
    return element("img", class_="thumbnail", src=source, alt=f"row {row}")


def _png(grey: "Array") -> bytes:
    # https://www.w3.org/TR/png-3/#5PNG-file-signature: eight-bit grey, no filter before any line.
    height, width = grey.shape
    lines = b"".join(b"\0" + line.tobytes() for line in grey)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, held) for kind, held in chunks)


def _chunk(kind: bytes, held: bytes) -> bytes:
    return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))
