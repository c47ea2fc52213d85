"""Taking external data in: one artifact is one file. Only plain sibling files are read, for a location is the model
author's word.

Threats: https://github.com/onnx/onnx/blob/main/docs/ExternalDataSecurity.md
"""

import errno
import os
import stat
from pathlib import Path

from onnx import ModelProto, TensorProto

from modelet.errors import RefusedModel
from modelet.publish.weights import tensors

MAX_MODEL_BYTES = 2**31 - 1  # what one protobuf message may hold
TOO_LARGE = "it has more than 2 GB of weights, which one ONNX file cannot hold."


def take_in(model: ModelProto, folder: Path, size: int) -> bool:
    """Replace every external tensor of a model of `size` bytes by its bytes from `folder`; answers whether there was
    any.

    Raises RefusedModel for a missing file, and for a location that is not a plain file beside the model: an absolute
    path, a path with folders or `..`, a symbolic link, a hard link, a range outside the file.
    """
    external = [tensor for tensor in tensors(model) if tensor.data_location == TensorProto.EXTERNAL]
    for tensor in external:
        data = _read(tensor, folder, MAX_MODEL_BYTES - size)
        size += len(data)
        tensor.ClearField("external_data")
        tensor.data_location = TensorProto.DEFAULT
        tensor.raw_data = data
    return bool(external)


def _read(tensor: TensorProto, folder: Path, room: int) -> bytes:
    entries = _entries(tensor)
    location = entries.get("location", "")
    if not location or location in (".", "..") or any(mark in location for mark in "/\\\0"):
        raise RefusedModel(
            f"tensor {tensor.name!r:.200} keeps its data at {location!r:.200}: only a plain file beside the model "
            "is taken in."
        )
    file = _open(tensor.name, folder / location)
    try:
        size = os.fstat(file).st_size
        offset, length = _number(tensor, entries, "offset", 0), _number(tensor, entries, "length", -1)
        length = size - offset if length < 0 else length
        if length < 0 or offset + length > size:
            raise RefusedModel(
                f"tensor {tensor.name!r:.200} wants bytes {offset} to {offset + max(length, 0)} of {location!r}, "
                f"which has {size}."
            )
        # One read answers at most 2 GiB less a page.
        if length > min(room, MAX_MODEL_BYTES - 4096):
            raise RefusedModel(TOO_LARGE)
        return os.pread(file, length, offset)
    finally:
        os.close(file)


def _entries(tensor: TensorProto) -> dict[str, str]:
    entries: dict[str, str] = {}
    for entry in tensor.external_data:
        if entry.key in entries:
            raise RefusedModel(f"tensor {tensor.name!r:.200} gives the {entry.key!r:.80} of its external data twice.")
        entries[entry.key] = entry.value
    return entries


def _open(tensor: str, path: Path) -> int:
    title = f"the external file {path.name!r} (tensor {tensor!r:.200})"
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise RefusedModel(
            f"{title} is missing: put it beside the model, or save the model with its weights inside."
        ) from None
    except OSError as error:
        problem = "is a symbolic link: copy it" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise RefusedModel(f"{title} {problem}.") from None
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(file)
        raise RefusedModel(f"{title} is {'a hard link: copy it' if stat.S_ISREG(found.st_mode) else 'no plain file'}.")
    return file


def _number(tensor: TensorProto, entries: dict[str, str], key: str, default: int) -> int:
    text = entries.get(key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise RefusedModel(f"tensor {tensor.name!r:.200} has an external {key} that is not a number: {text!r:.80}.")
    return int(text)
