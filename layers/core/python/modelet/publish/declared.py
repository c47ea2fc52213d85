"""A model's signature as it declares it: the runtime knows the types, the file knows which shapes were left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import onnxruntime

from modelet.errors import RefusedModel
from modelet.manifest import Signature, TensorSpec
from modelet.tensors.datatypes import ONNX_NAMES

Shapes = Mapping[str, Sequence[int] | None]


def declared_signature(session: onnxruntime.InferenceSession, declared: Shapes) -> Signature:
    """The signature of a loaded model; `declared` holds the shapes in its file, by name.

    Raises RefusedModel for a datatype that cannot be served.
    """
    inputs = tuple(_spec("input", argument, declared) for argument in session.get_inputs())
    outputs = tuple(_spec("output", argument, declared) for argument in session.get_outputs())
    return Signature(inputs, outputs, first_is_free(inputs) and first_is_free(outputs))


def first_is_free(specs: tuple[TensorSpec, ...]) -> bool:
    """Whether there are tensors, and all of them have a variable first dimension."""
    return bool(specs) and all(spec.shape and spec.shape[0] == -1 for spec in specs)


def _spec(side: str, argument: Any, declared: Shapes) -> TensorSpec:
    element = argument.type.removeprefix("tensor(").removesuffix(")")
    if element not in ONNX_NAMES:
        raise RefusedModel(f"{side} {argument.name!r:.200} has type {argument.type}, which cannot be served.")
    shape: Sequence[int] | None = [size if isinstance(size, int) and size >= 0 else -1 for size in argument.shape]
    if not shape:
        # The runtime says so of a scalar, of an unknown rank, and of a declaration that it does not believe.
        shape = declared.get(argument.name)
    elif _disbelieved(shape, declared.get(argument.name)):
        shape = None
    return TensorSpec(argument.name, ONNX_NAMES[element], None if shape is None else tuple(shape))


def _disbelieved(shape: Sequence[int], declared: Sequence[int] | None) -> bool:
    # Where the file fixes a size and the runtime does not, its own inference contradicts the file.
    return declared is not None and any(have == -1 != said for have, said in zip(shape, declared, strict=False))
