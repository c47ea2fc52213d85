"""External data: only plain sibling files are read, for a location is the model author's word.

Threats: https://github.com/onnx/onnx/blob/main/docs/ExternalDataSecurity.md
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from onnx import ModelProto, TensorProto

from modelet.errors import RefusedModel
from modelet.publish.weights import tensors
from modelet.store.base import CHUNK_BYTES


class Place(NamedTuple):
    """Where the data of a tensor lies: a range of a plain file beside the model."""

    path: Path
    offset: int
    length: int

    def chunks(self, tensor: str) -> Iterator[bytes]:
        """The data, checked again; raises RefusedModel where the file is no longer what it was."""
        left = self.length
        with _opened(tensor, self.path) as file:
            while left:
                chunk = os.pread(file, min(left, CHUNK_BYTES), self.offset + self.length - left)
                if not chunk:
                    raise RefusedModel(f"{_title(tensor, self.path)} became shorter while it was read.")
                yield chunk
                left -= len(chunk)


Outside = list[tuple[TensorProto, Place]]
"""The external tensors of a model, each with where its data lies."""


def locate(model: ModelProto, folder: Path) -> Outside:
    """Find the data of every external tensor of a model in `folder`; nothing is read yet.

    Raises RefusedModel for a missing file, and for a location that is not a plain file beside the model: an absolute
    path, a path with folders or `..`, a symbolic link, a hard link, a range outside the file.
    """
    external = (tensor for tensor in tensors(model) if tensor.data_location == TensorProto.EXTERNAL)
    return [(tensor, _place(tensor, folder)) for tensor in external]


def total(outside: Outside) -> int:
    """The bytes that external tensors take."""
    return sum(place.length for _, place in outside)


def take_in(outside: Iterable[tuple[TensorProto, Place]]) -> None:
    """Replace external tensors by their bytes."""
    for tensor, place in outside:
        data = b"".join(place.chunks(tensor.name))
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.DEFAULT
        tensor.raw_data = data


def _place(tensor: TensorProto, folder: Path) -> Place:
    entries = _entries(tensor)
    location = entries.get("location", "")
    if not location or location in (".", "..") or any(mark in location for mark in "/\\\0"):
        raise RefusedModel(
            f"tensor {tensor.name!r:.200} keeps its data at {location!r:.200}: only a plain file beside the model "
            "is taken in."
        )
    with _opened(tensor.name, folder / location) as file:
        size = os.fstat(file).st_size
    offset, length = _number(tensor, entries, "offset", 0), _number(tensor, entries, "length", -1)
    length = size - offset if length < 0 else length
    if length < 0 or offset + length > size:
        raise RefusedModel(
            f"tensor {tensor.name!r:.200} wants bytes {offset} to {offset + max(length, 0)} of {location!r}, "
            f"which has {size}."
        )
    return Place(folder / location, offset, length)


def _entries(tensor: TensorProto) -> dict[str, str]:
    entries: dict[str, str] = {}
    for entry in tensor.external_data:
        if entry.key in entries:
            raise RefusedModel(f"tensor {tensor.name!r:.200} gives the {entry.key!r:.80} of its external data twice.")
        entries[entry.key] = entry.value
    return entries


def _title(tensor: str, path: Path) -> str:
    return f"the external file {path.name!r} (tensor {tensor!r:.200})"


@contextmanager
def _opened(tensor: str, path: Path) -> Iterator[int]:
    title = _title(tensor, path)
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise RefusedModel(
            f"{title} is missing: put it beside the model and push that by the CLI, or save the model with its weights "
            "inside, for an upload is one file."
        ) from None
    except OSError as error:
        problem = "is a symbolic link: copy it" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise RefusedModel(f"{title} {problem}.") from None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            kind = "a hard link: copy it" if stat.S_ISREG(found.st_mode) else "no plain file"
            raise RefusedModel(f"{title} is {kind}.")
        yield file
    finally:
        os.close(file)


def _number(tensor: TensorProto, entries: dict[str, str], key: str, default: int) -> int:
    text = entries.get(key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RefusedModel(f"tensor {tensor.name!r:.200} has an external {key} that is not a number: {text!r:.80}.")
    return int(text)
