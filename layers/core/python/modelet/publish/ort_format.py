"""ONNX Runtime's own file format, made reproducible.

The runtime lists its kernels in the order of a hash table, which differs from process to process, at the head of a file
of otherwise always the same bytes. Here that head is written again, in the order of names.
Schema: https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/flatbuffers/schema/ort.fbs
Encoding: https://flatbuffers.dev/internals/
"""

import shutil
import struct
from pathlib import Path

IDENTIFIER = b"ORTM"
ALIGNMENT = 64
"""What no weight in the file is aligned to more than."""

LONGEST_HEAD = 1 << 20
VERSION, MODEL, KERNELS = 0, 1, 3  # fields of the root
WORD = 4
ROOT, ONE, TWO = (4, 8, 0, 12), (4,), (4, 8)
"""Where the fields of each kind of table lie, 0 for one that is left out."""

Arguments = list[tuple[int, int]]
Kernels = dict[bytes, dict[bytes, Arguments]]
"""By operator and type parameter: the kind and index of each argument of that type."""


class UnknownLayoutError(Exception):
    """Raised for a file whose head is not as this code knows it."""


def make_reproducible(path: Path, target: Path) -> None:
    """Write the file at `path` to `target`, with its kernels in order; raises UnknownLayoutError before it writes."""
    with path.open("rb") as file:
        head = file.read(LONGEST_HEAD)
        try:
            version, model, tail, kernels = _read(head)
        except (struct.error, IndexError):
            raise UnknownLayoutError(f"The head of {path.name!r} is not that of a model in ORT format.") from None
        file.seek(tail)
        with target.open("xb") as copy:
            copy.write(_written(version - tail, model - tail, kernels, tail % ALIGNMENT))
            shutil.copyfileobj(file, copy, LONGEST_HEAD)


def _read(head: bytes) -> tuple[int, int, int, Kernels]:
    # Where the version and the model begin, where the part that stays as it is begins, and what the head says.
    if head[4:8] != IDENTIFIER:
        raise IndexError
    root = _Table(head, _follow(head, 0))
    if len(root.offsets) != KERNELS + 1 or not (root.offsets[VERSION] and root.offsets[MODEL]):
        raise IndexError
    model = root.table(MODEL)
    # Whatever a table leads to lies behind it; its own description may lie before it.
    tail = min(model.position, model.description)
    kernels = {
        operator.text(0): {entry.text(0): [_argument(item) for item in entry.tables(1)] for entry in operator.tables(1)}
        for operator in root.table(KERNELS).tables(0)
    }
    return root.pointed(VERSION), model.position, tail, kernels


def _argument(table: "_Table") -> tuple[int, int]:
    kind, index = [*table.offsets, 0, 0][:2]
    return (table.number("<b", kind) if kind else 0), (table.number("<I", index) if index else 0)


class _Table:
    """A table at a position: where its fields are, relative to it, 0 for one that is left out."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self.position = position
        self.description = position - struct.unpack_from("<i", data, position)[0]
        (size,) = struct.unpack_from("<H", data, self.description)
        self.offsets = list(struct.unpack_from(f"<{size // 2 - 2}H", data, self.description + 4))

    def number(self, kind: str, offset: int) -> int:
        return int(struct.unpack_from(kind, self._data, self.position + offset)[0])

    def pointed(self, field: int) -> int:
        if not self.offsets[field]:
            raise IndexError
        return _follow(self._data, self.position + self.offsets[field])

    def table(self, field: int) -> "_Table":
        return _Table(self._data, self.pointed(field))

    def tables(self, field: int) -> "list[_Table]":
        start = self.pointed(field)
        (count,) = struct.unpack_from("<I", self._data, start)
        return [_Table(self._data, _follow(self._data, start + WORD * (1 + index))) for index in range(count)]

    def text(self, field: int) -> bytes:
        start = self.pointed(field)
        (size,) = struct.unpack_from("<I", self._data, start)
        return self._data[start + WORD : start + WORD + size]


def _follow(data: bytes, position: int) -> int:
    return position + int(struct.unpack_from("<I", data, position)[0])


def _written(version: int, model: int, kernels: Kernels, alignment: int) -> bytes:
    # `version` and `model` are relative to the end of the head, whose size is to be `alignment` beyond a multiple.
    writer = _Writer()
    writer.point(0)
    root = writer.table(ROOT)
    writer.point(root + 12)
    listed = writer.table(ONE)
    writer.point(listed + 4)
    for operator, place in zip(sorted(kernels), writer.vector(len(kernels)), strict=True):
        writer.point(place)
        _write_operator(writer, operator, kernels[operator])
    writer.fill(alignment)
    end = len(writer.data)
    for field, target in ((root + 4, version), (root + 8, model)):
        struct.pack_into("<I", writer.data, field, end + target - field)
    return bytes(writer.data)


def _write_operator(writer: "_Writer", operator: bytes, types: dict[bytes, Arguments]) -> None:
    table = writer.table(TWO)
    writer.point(table + 4)
    writer.text(operator)
    writer.point(table + 8)
    for name, place in zip(sorted(types), writer.vector(len(types)), strict=True):
        writer.point(place)
        entry = writer.table(TWO)
        writer.point(entry + 4)
        writer.text(name)
        writer.point(entry + 8)
        for (kind, index), held in zip(types[name], writer.vector(len(types[name])), strict=True):
            writer.point(held)
            argument = writer.table(TWO)
            struct.pack_into("<bxxxI", writer.data, argument + 4, kind, index)


class _Writer:
    """Writes front to back: what points to something is written first, and told later where that is."""

    def __init__(self) -> None:
        self.data = bytearray(struct.pack("<I", 0) + IDENTIFIER)
        self._descriptions: dict[tuple[int, ...], int] = {}
        for offsets in (ROOT, ONE, TWO):
            self._descriptions[offsets] = len(self.data)
            self.data += struct.pack(f"<HH{len(offsets)}H", 4 + 2 * len(offsets), WORD + offsets[-1], *offsets)
            self.fill(0, WORD)

    def table(self, offsets: tuple[int, ...]) -> int:
        """Begin a table whose fields, of a word each, lie at these offsets; answers its position."""
        position = len(self.data)
        self.data += struct.pack("<i", position - self._descriptions[offsets]) + bytes(offsets[-1])
        return position

    def vector(self, count: int) -> range:
        """Begin a list of pointers; answers their positions."""
        start = len(self.data) + WORD
        self.data += struct.pack("<I", count) + bytes(WORD * count)
        return range(start, len(self.data), WORD)

    def text(self, text: bytes) -> None:
        self.data += struct.pack("<I", len(text)) + text + b"\0"
        self.fill(0, WORD)

    def point(self, position: int) -> None:
        """Let the pointer at this position lead to what is written next."""
        struct.pack_into("<I", self.data, position, len(self.data) - position)

    def fill(self, alignment: int, unit: int = ALIGNMENT) -> None:
        self.data += bytes((alignment - len(self.data)) % unit)
