"""What a candidate's signature really is: as declared where that is true, as observed where the declaration is wrong or
silent.
"""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto

from modelet.errors import RefusedModel
from modelet.manifest import Signature, TensorSpec
from modelet.tensors.datatypes import NUMPY_NAMES, ONNX_NAMES

Shape = tuple[int, ...] | None
Shapes = list[tuple[int, ...]]

PROBE_SIZES = (1, 8, 32, 224)
PROBE_SECONDS = 5.0
PROBE_ELEMENTS = 10_000_000
BATCHES = (2, 3)


def signature_of(model: ModelProto, session: onnxruntime.InferenceSession) -> Signature:
    """The signature of a loaded candidate; raises RefusedModel for a datatype that cannot be served."""
    declared = {value.name: _declared(value) for value in (*model.graph.input, *model.graph.output)}
    inputs = tuple(_spec(argument, declared) for argument in session.get_inputs())
    outputs = tuple(_spec(argument, declared) for argument in session.get_outputs())
    if not outputs:
        raise RefusedModel("The model has no output.")
    first_is_free = bool(inputs) and all(spec.shape and spec.shape[0] == -1 for spec in inputs)
    observed = _observe(session, inputs)
    if observed is None:
        batched = first_is_free and all(spec.shape and spec.shape[0] == -1 for spec in outputs)
        return Signature(inputs, outputs, batched)
    batched = first_is_free and all(
        all(shape and shape[0] == batch for shape in shapes) for batch, shapes in zip(BATCHES, observed, strict=True)
    )
    corrected = tuple(_correct(spec, [shapes[index] for shapes in observed]) for index, spec in enumerate(outputs))
    return Signature(inputs, corrected, batched)


def _declared(value: Any) -> Shape:
    tensor = value.type.tensor_type
    if not tensor.HasField("shape"):
        return None
    return tuple(size.dim_value if size.dim_value > 0 else -1 for size in tensor.shape.dim)


def _spec(argument: Any, declared: dict[str, Shape]) -> TensorSpec:
    element = argument.type.removeprefix("tensor(").removesuffix(")")
    if element not in ONNX_NAMES:
        raise RefusedModel(f"{argument.name!r} has type {argument.type}, which cannot be served.")
    shape: Shape = tuple(size if isinstance(size, int) and size >= 0 else -1 for size in argument.shape)
    if (
        not shape
    ):  # the runtime says [] for a scalar, for an unknown rank and for a declaration that it does not believe
        shape = declared.get(argument.name)
    return TensorSpec(argument.name, ONNX_NAMES[element], shape)


def _observe(session: onnxruntime.InferenceSession, inputs: tuple[TensorSpec, ...]) -> list[Shapes] | None:
    # The shapes of all outputs for each of two batch sizes, or None where made-up inputs do not run.
    if any(spec.shape is None for spec in inputs):
        return None
    for size in PROBE_SIZES:
        found = [shapes for batch in BATCHES if (shapes := _run(session, inputs, batch, size)) is not None]
        if len(found) == len(BATCHES):
            return found
    return None


def _run(session: onnxruntime.InferenceSession, inputs: tuple[TensorSpec, ...], batch: int, size: int) -> Shapes | None:
    feeds = dict(_feeds(inputs, batch, size))
    if sum(array.size for array in feeds.values()) > PROBE_ELEMENTS:
        return None
    options = onnxruntime.RunOptions()
    watchdog = threading.Timer(PROBE_SECONDS, lambda: setattr(options, "terminate", True))
    watchdog.start()
    try:
        return [np.asarray(value).shape for value in session.run(None, feeds, options)]
    except Exception:  # noqa: BLE001 - a made-up input may break a model in any way, and proves nothing against it
        return None
    finally:
        watchdog.cancel()


def _feeds(inputs: tuple[TensorSpec, ...], batch: int, size: int) -> Iterator[tuple[str, Any]]:
    for spec in inputs:
        shape = [size if dimension == -1 else dimension for dimension in spec.shape or ()]
        if spec.shape and spec.shape[0] == -1:
            shape[0] = batch
        fill: Any = "a" if spec.datatype == "BYTES" else 0
        yield spec.name, np.full(shape, fill, dtype=NUMPY_NAMES[spec.datatype])


def _correct(spec: TensorSpec, observed: Shapes) -> TensorSpec:
    if spec.shape is not None and all(spec.mismatch(shape) is None for shape in observed):
        return spec
    if len({len(shape) for shape in observed}) != 1:
        return TensorSpec(spec.name, spec.datatype, None)
    sizes = tuple(have.pop() if len(have := set(column)) == 1 else -1 for column in zip(*observed, strict=True))
    return TensorSpec(spec.name, spec.datatype, sizes)
