"""The first step of an examination: read a candidate, take its weights in, fix its graph, write the canonical file, or
two where it is too large for one.
"""

import shutil
from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError, EncodeError
from onnx import ModelProto, ValueInfoProto

from modelet.errors import RefusedModel
from modelet.manifest.document import WEIGHTS_FILE
from modelet.publish.beside import lay_beside
from modelet.publish.canonical import canonicalise
from modelet.publish.external import locate, take_in, total
from modelet.publish.formats import check_format
from modelet.publish.operators import check_operators
from modelet.publish.step import ONE_FILE_BYTES
from modelet.publish.weights import check_weights
from modelet.publish.writing import write_model
from modelet.registry.blobs import digest_file

LONGEST_DESCRIPTION = 2000
LONGEST_PRODUCER = 200
WEIGHTS_DIGEST = "modelet.weights.sha256"


def run(request: dict[str, Any], target: Path) -> Iterator[dict[str, Any]]:
    """Write the canonical form of the file `request["path"]` to `target` and answer what it says of itself; raises
    RefusedModel.
    """
    path = Path(request["path"])
    _copy(path, target)
    model = _parse(target)
    _check_names(model)
    check_operators(model)
    check_weights(model)
    changed = _take_weights(model, path.parent, target, request["one_file_bytes"])
    fixed, labels = canonicalise(model)
    facts = {**_facts(model), "declared": declared_shapes(model), "labels": labels}
    if changed or fixed:
        _write(model, target)
    yield facts


def _take_weights(model: ModelProto, folder: Path, target: Path, one_file_bytes: int) -> bool:
    # Answers whether the model is another one now.
    outside = locate(model, folder)
    if target.stat().st_size + total(outside) <= one_file_bytes:
        take_in(outside)
        return bool(outside)
    weights = target.with_name(WEIGHTS_FILE)
    with weights.open("xb") as file:
        size = lay_beside(model, outside, file)
    if size:
        _name_weights(model, digest_file(weights).sha256)
    else:
        weights.unlink()
    return True


def _name_weights(model: ModelProto, digest: str) -> None:
    # Models of one architecture have the same graph: by this, those of other weights have another digest.
    for entry in [entry for entry in model.metadata_props if entry.key == WEIGHTS_DIGEST]:
        model.metadata_props.remove(entry)
    model.metadata_props.add(key=WEIGHTS_DIGEST, value=digest)


def declared_shapes(model: ModelProto) -> dict[str, list[int] | None]:
    """The shapes of a model's inputs and outputs by name: -1 for a variable dimension, None where none is declared."""
    return {value.name: _shape(value) for value in (*model.graph.input, *model.graph.output)}


def _copy(path: Path, target: Path) -> None:
    # One read, so that what is examined is what is published, whatever happens to the file meanwhile.
    try:
        if path.stat().st_size > ONE_FILE_BYTES:
            raise RefusedModel(
                "it is larger than 2 GB, which no ONNX file can be: save its weights as external data beside it, and "
                "push that by the CLI."
            )
        with path.open("rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
    except OSError as error:
        if error.errno == ENOSPC:
            raise
        raise RefusedModel(f"it cannot be read: {error.strerror}.") from None


def _check_names(model: ModelProto) -> None:
    # Answers are by name: of two outputs of one name, one could not be asked for.
    for word, values in (("input", model.graph.input), ("output", model.graph.output)):
        names = [value.name for value in values]
        if twice := {name for name in names if names.count(name) > 1}:
            raise RefusedModel(f"its {word} {min(twice)!r} is listed twice.")


def _parse(path: Path) -> ModelProto:
    data = path.read_bytes()
    check_format(data)
    model = ModelProto()
    try:
        model.ParseFromString(data)
    except DecodeError as error:
        if "alloc" in str(error):
            raise MemoryError from None
        raise RefusedModel("it is not an ONNX file, or is cut short: its protobuf cannot be read.") from None
    if not model.HasField("graph"):
        raise RefusedModel("it is not an ONNX file: it holds no graph.")
    if not model.graph.output:
        raise RefusedModel("it has no output.")
    _check_texts(model)
    return model


def _write(model: ModelProto, target: Path) -> None:
    try:
        write_model(model, target)
    except EncodeError:  # what was read can be written, unless memory is short
        raise MemoryError from None


def _check_texts(model: ModelProto) -> None:
    # What is not UTF-8 is handed out as bytes.
    values = [*model.graph.input, *model.graph.output]
    texts = [value.name for value in values] + [entry.domain for entry in model.opset_import]
    if not all(type(text) is str for text in (*texts, model.doc_string, model.producer_name, model.producer_version)):
        raise RefusedModel("it holds a name or a description that is not UTF-8.")


def _facts(model: ModelProto) -> dict[str, Any]:
    producer = f"{model.producer_name} {model.producer_version}".strip()
    return {
        "opsets": {entry.domain or "ai.onnx": entry.version for entry in model.opset_import},
        "description": model.doc_string[:LONGEST_DESCRIPTION] or None,
        "producer": producer[:LONGEST_PRODUCER] or None,
    }


def _shape(value: ValueInfoProto) -> list[int] | None:
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return [size.dim_value if size.dim_value > 0 else -1 for size in tensor.shape.dim]
