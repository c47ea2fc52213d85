"""IDX, in which MNIST comes: a file of images, flattened to rows of pixels, and a file of their labels.

The format: https://www.fon.hum.uva.nl/praat/manual/IDX_file_format.html
"""

import struct
from collections.abc import Iterator
from typing import Any

from modelet.errors import InvalidJob
from modelet.train.data.chunks import Chunk
from modelet.train.data.description import Data
from modelet.train.data.formats.blocks import batch_of, rows_in
from modelet.train.data.objects import Object, reading

TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_DIMENSIONS = 8


def is_idx(found: Object) -> bool:
    """Whether an object is called as IDX files are: train-images-idx3-ubyte, images.idx."""
    return found.name.endswith(("-ubyte", ".ubyte", ".idx")) or "-idx" in found.name


def read_idx(images: list[Object], labels: list[Object] | None, data: Data) -> Iterator[Chunk]:
    """The rows of pairs of images and labels, in the order of their keys: columns `pixel_0` …, and `label`. Without
    `labels`, those of one dimension among `images` are the labels. Raises InvalidJob.
    """
    if labels is None:
        labels = [found for found in images if len(_shape(found)) == 1]
        images = [found for found in images if found not in labels]
    if len(images) != len(labels) or not images:
        raise InvalidJob(
            f"{data.source} has {len(images)} IDX files of images for {len(labels)} of labels: each needs its own; "
            "set data.labels."
        )
    for found, beside in zip(images, labels, strict=True):
        yield from _pair(found, beside, data)


def _pair(images: Object, labels: Object, data: Data) -> Iterator[Chunk]:
    import numpy as np

    shape, labelled = _shape(images), _shape(labels)
    if len(labelled) != 1 or labelled[0] != shape[0]:
        raise InvalidJob(f"{labels.url} has labels of shape {list(labelled)}, but {images.url} has {shape[0]} images.")
    width, target = int(np.prod(shape[1:], dtype=np.int64)), data.target or "label"
    with reading(images, "idx"), reading(labels, "idx"):
        pixels, classes = images.stream(), labels.stream()
        (kind, _), (label_kind, _) = _header(images, pixels), _header(labels, classes)
        done, at_once = 0, rows_in(width * kind.itemsize)
        while done < shape[0]:
            count = min(at_once, shape[0] - done)
            block = _block(images, pixels, count * width, kind).reshape(count, width)
            truth = _block(labels, classes, count, label_kind)
            batch = batch_of(block, truth, "pixel", target)
            yield Chunk(images.url, range(done + 1, done + count + 1), batch, target=target)
            done += count


def _block(found: Object, stream: Any, count: int, kind: Any) -> Any:
    import numpy as np

    data = bytearray()
    while len(data) < count * kind.itemsize and (piece := stream.read(count * kind.itemsize - len(data))):
        data += piece
    if len(data) < count * kind.itemsize:
        raise InvalidJob(f"{found.url} ends before the last value that its header promises.")
    return np.frombuffer(data, kind).astype(kind.newbyteorder("="))


def _shape(found: Object) -> tuple[int, ...]:
    with reading(found, "idx"):
        return _header(found, found.stream())[1]


def _header(found: Object, stream: Any) -> tuple[Any, tuple[int, ...]]:
    import numpy as np

    magic = bytes(stream.read(4))
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in TYPES or not 1 <= magic[3] <= MOST_DIMENSIONS:
        raise InvalidJob(f"{found.url} is not IDX: it begins with {magic!r}.")
    shape = struct.unpack(f">{magic[3]}I", bytes(stream.read(4 * magic[3])))
    return np.dtype(TYPES[magic[2]]), shape
