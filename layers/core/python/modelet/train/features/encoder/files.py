"""An encoder and its tokenizer as they lie in a folder or in S3, looked at before anything is learnt from them."""

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from modelet.errors import InvalidJob, InvalidName, InvalidSetting, RefusedModel
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train.disk import disk_room
from modelet.train.features.encoder.description import Encoder
from modelet.train.features.encoder.wordpiece import WordPiece, read_tokenizer

if TYPE_CHECKING:
    from onnx import ModelProto

LARGEST = 1_900_000_000
"""The bytes of an encoder that still fits one ONNX file with all that is around it."""


@dataclass(frozen=True, slots=True)
class Pretrained:
    """An encoder that was read: the ONNX bytes with all weights inside, and what it takes and makes."""

    encoder: Encoder
    tokenizer: WordPiece
    content: bytes
    width: int
    inputs: frozenset[str]
    sha256: str

    def model(self) -> "ModelProto":
        """A copy of the encoder's ONNX model."""
        from onnx import ModelProto

        model = ModelProto()
        model.ParseFromString(self.content)
        return model


@lru_cache(maxsize=1)
def read_pretrained(encoder: Encoder) -> Pretrained:
    """Read an encoder and its tokenizer, once in a process; raises InvalidJob for what is missing or of no use, and
    StoreUnavailable.
    """
    from modelet.train.export.text.encoding import at_our_opset, check_encoder

    said = _read(encoder.tokenizer, "tokenizer")
    tokenizer = read_tokenizer(said, repr(encoder.tokenizer))
    model = _whole_model(encoder.model)
    width = check_encoder(model, repr(encoder.model))
    inputs = frozenset(value.name for value in model.graph.input)
    content = at_our_opset(model, repr(encoder.model)).SerializeToString(deterministic=True)
    return Pretrained(encoder, tokenizer, content, width, inputs, sha256(content + said).hexdigest())


def _whole_model(url: str) -> "ModelProto":
    from google.protobuf.message import DecodeError
    from onnx import ModelProto, TensorProto

    from modelet.publish.external import locate, take_in, total
    from modelet.publish.weights import tensors

    model = ModelProto()
    try:
        model.ParseFromString(_read(url, "model"))
    except DecodeError:
        raise InvalidJob(f"features.encoder.model: {url!r} is not an ONNX file, or is cut short.") from None
    external = [tensor for tensor in tensors(model) if tensor.data_location == TensorProto.EXTERNAL]
    names = {entry.value for tensor in external for entry in tensor.external_data if entry.key == "location"}
    with tempfile.TemporaryDirectory(prefix="modelet-") as name, disk_room():
        for location in sorted(names):
            if "/" not in location and location not in ("", ".", ".."):
                (Path(name) / location).write_bytes(_read(_beside(url, location), "model"))
        try:
            outside = locate(model, Path(name))
            if total(outside) <= LARGEST:
                take_in(outside)
                return model
        except RefusedModel as refused:
            raise InvalidJob(f"features.encoder.model: {url!r} cannot be used: {refused.message}") from None
    raise InvalidJob(f"features.encoder.model: the weights of {url!r} are more than {LARGEST / 1e9:g} GB.")


def _beside(url: str, name: str) -> str:
    folder, mark, _ = url.rpartition("/")
    return f"{folder}{mark}{name}"


def _read(url: str, key: str) -> bytes:
    try:
        store, name = _place(url)
        return b"".join(store.stream(name))
    except FileNotFoundError:
        raise InvalidJob(f"features.encoder.{key}: there is no file {url!r}.") from None
    except (InvalidName, InvalidSetting, OSError, ValueError) as error:
        raise InvalidJob(f"features.encoder.{key}: {url!r} cannot be read: {error}") from None


def _place(url: str) -> tuple[Store, str]:
    folder, _, name = url.rpartition("/")
    if url.startswith("s3://"):
        return open_store(folder), name
    if url.startswith("file://"):
        return open_store(folder or "file:///"), name
    path = Path(url).absolute()
    return open_store(path.parent.as_uri()), path.name
