"""NPZ: one array of rows and one of truth in a zip archive. Objects would have to be unpickled: they are refused."""

import zipfile
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from modelet.errors import InvalidJob
from modelet.train.data.chunks import Chunk
from modelet.train.data.description import Data
from modelet.train.data.formats.blocks import batch_of, rows_in
from modelet.train.data.objects import Object, reading

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def read_npz(found: Object, data: Data) -> Iterator[Chunk]:
    """The rows of the arrays that the job names: columns `x_0` …, and the target. Raises InvalidJob."""
    with reading(found, "npz"), found.seekable() as file, zipfile.ZipFile(file) as archive:
        shape, blocks = _blocks(found, archive, data.rows)
        labelled, labels = _blocks(found, archive, data.truth)
        if len(labelled) != 1 or labelled[0] != shape[0]:
            raise InvalidJob(
                f"{data.truth!r} of {found.url} must be of shape [{shape[0]}], one for each row of {data.rows!r}, but "
                f"is of shape {list(labelled)}."
            )
        first, truth, target = 1, _Queue(labels), data.target or data.truth
        for block in blocks:
            batch = batch_of(block, truth.take(len(block)), data.rows, target)
            yield Chunk(found.url, range(first, first + len(block)), batch, target=target)
            first += len(block)


def _blocks(found: Object, archive: zipfile.ZipFile, name: str) -> "tuple[tuple[int, ...], Iterator[Array]]":
    from numpy.lib import format as npy

    names = [entry.removesuffix(".npy") for entry in archive.namelist()]
    if name not in names:
        raise InvalidJob(
            f"{found.url} has no array {name!r}: it has {', '.join(names)}. Name them by data.rows and data.truth."
        )
    file = archive.open(f"{name}.npy")
    version = npy.read_magic(file)
    shape, is_fortran, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)
    wrong = (
        "objects, which nothing unpickles"
        if dtype.hasobject
        else "no rows"
        if not shape
        else "its columns one after another (Fortran order)"
        if is_fortran and len(shape) > 1
        else None
    )
    if wrong:
        raise InvalidJob(f"Array {name!r} of {found.url} holds {wrong}: save plain numbers or texts, row by row.")
    return shape, _parts(file, shape, dtype)


def _parts(file: IO[bytes], shape: tuple[int, ...], dtype: Any) -> "Iterator[Array]":
    import numpy as np

    width = int(np.prod(shape[1:], dtype=np.int64))
    done, at_once = 0, rows_in(width * dtype.itemsize)
    with file:
        while done < shape[0]:
            count = min(at_once, shape[0] - done)
            data = file.read(count * width * dtype.itemsize)
            yield np.frombuffer(data, dtype).reshape(count, *shape[1:])
            done += count


class _Queue:
    """Values that come in blocks of one length, and are taken in blocks of another."""

    def __init__(self, blocks: "Iterator[Array]") -> None:
        self._blocks = blocks
        self._held: list[Any] = []

    def take(self, count: int) -> "Array":
        import numpy as np

        while sum(map(len, self._held)) < count:
            self._held.append(next(self._blocks))
        held = np.concatenate(self._held) if len(self._held) > 1 else self._held[0]
        self._held = [held[count:]]
        return held[:count]
