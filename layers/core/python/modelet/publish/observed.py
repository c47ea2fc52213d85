"""A model's signature as it shows itself: it is run on made-up inputs, and what its declaration says of its outputs is
kept where that is true and corrected where it is wrong or silent.

Rows of a batch must not know of each other. Whether they do shows by running three rows, of which the first equals the
last, and then the last two alone: the values are the same, so quantisation ranges are, but a recurrent network has
another past. A made-up input that a model rejects proves nothing against it.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import prod
from typing import Any

import numpy as np
import onnxruntime
from numpy.random import default_rng

from modelet.manifest import Signature, TensorSpec
from modelet.publish.declared import first_is_free
from modelet.tensors.datatypes import NUMPY_NAMES

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]

SECONDS = 5.0
"""How long all runs together may take."""

SIZES = (1, 8, 32, 224)
RANKS = (2, 1, 3, 4)
ENOUGH_SIZES = 2
MOST_ELEMENTS = 10_000_000
ROWS_OF_THREE = [1, 0, 1]
TOLERANCE = 0.01
"""Of the largest value: what other kernels for another batch size may make of the same row."""


@dataclass(frozen=True, slots=True)
class _MadeUp:
    """An input to be made up; `axis` is the dimension that is taken for its batch, if any."""

    spec: TensorSpec
    shape: Shape
    axis: int | None

    @property
    def has_sizes(self) -> bool:
        return any(size == -1 for index, size in enumerate(self.shape) if index != self.axis)

    def sized(self, size: int) -> Shape:
        free = {index: 2 if index == self.axis else size for index, held in enumerate(self.shape) if held == -1}
        return tuple(free.get(index, held) for index, held in enumerate(self.shape))

    def three_of(self, two: Array) -> Array:
        return two if self.axis is None else two.take(ROWS_OF_THREE, self.axis)


@dataclass(frozen=True, slots=True)
class _Pair:
    three: list[Array]
    two: list[Array]

    def rows_stand_alone(self) -> bool:
        return all(
            more.ndim > 0 and less.ndim > 0 and len(more) == 3 and len(less) == 2 and _close(more[1:], less)
            for more, less in zip(self.three, self.two, strict=True)
        )


def observed_signature(session: onnxruntime.InferenceSession, declared: Signature) -> Signature:
    """The signature with true outputs, or the declared one where no made-up input runs."""
    pairs = list(_pairs(session, declared.inputs))
    if not pairs:
        return declared
    runs = [[value.shape for value in values] for pair in pairs for values in (pair.three, pair.two)]
    outputs = tuple(_correct(spec, [run[index] for run in runs]) for index, spec in enumerate(declared.outputs))
    batched = first_is_free(declared.inputs) and all(pair.rows_stand_alone() for pair in pairs)
    return Signature(declared.inputs, outputs, batched)


def _pairs(session: onnxruntime.InferenceSession, inputs: tuple[TensorSpec, ...]) -> Iterator[_Pair]:
    deadline = time.monotonic() + SECONDS
    for rank in RANKS if any(spec.shape is None for spec in inputs) else RANKS[:1]:
        shapes = {spec.name: (-1,) * rank if spec.shape is None else spec.shape for spec in inputs}
        for find_axis in (_first_free, _leading):
            tried = [_MadeUp(spec, shapes[spec.name], find_axis(shapes[spec.name])) for spec in inputs]
            sizes = SIZES if any(made.has_sizes for made in tried) else SIZES[:1]
            found = (_pair(session, tried, size, deadline) for size in sizes)
            enough = list(islice(filter(None, found), ENOUGH_SIZES))
            yield from enough
            if enough:
                break


def _first_free(shape: Shape) -> int | None:
    # A state may carry its batch in a later dimension.
    return shape.index(-1) if -1 in shape else None


def _leading(shape: Shape) -> int | None:
    return 0 if shape[:1] == (-1,) else None


def _pair(session: onnxruntime.InferenceSession, inputs: list[_MadeUp], size: int, deadline: float) -> _Pair | None:
    # The outputs for three rows and for two, of different values or, where the model rejects those, of zeros.
    shapes = [made.sized(size) for made in inputs]
    if sum(map(prod, shapes)) > MOST_ELEMENTS:
        return None
    for make in (_varied, _zeros):
        values = [make(made.spec.datatype, shape) for made, shape in zip(inputs, shapes, strict=True)]
        named = list(zip(inputs, values, strict=True))
        two = _run(session, {made.spec.name: rows for made, rows in named}, deadline)
        three = two and _run(session, {made.spec.name: made.three_of(rows) for made, rows in named}, deadline)
        if two and three:
            return _Pair(three, two)
    return None


def _varied(datatype: str, shape: Shape) -> Array:
    random, name = default_rng(0), NUMPY_NAMES[datatype]
    if datatype == "BYTES":
        return random.choice(np.array(["a", "b"], dtype=object), shape)
    if datatype == "BOOL":
        return random.integers(0, 2, shape).astype(name)
    if datatype.startswith("FP"):
        return random.random(shape).astype(name)
    return random.integers(1, 3, shape).astype(name)  # nothing to divide by zero, and within any vocabulary


def _zeros(datatype: str, shape: Shape) -> Array:
    return np.full(shape, "0" if datatype == "BYTES" else 0, dtype=NUMPY_NAMES[datatype])


def _run(session: onnxruntime.InferenceSession, feeds: dict[str, Array], deadline: float) -> list[Array] | None:
    options = onnxruntime.RunOptions()
    watchdog = threading.Timer(deadline - time.monotonic(), lambda: setattr(options, "terminate", True))
    try:
        watchdog.start()
        return [np.asarray(value) for value in session.run(None, feeds, options)]
    except Exception:  # noqa: BLE001 - it may break in any way, the watchdog's too, and proves nothing
        return None
    finally:
        watchdog.cancel()


def _close(more: Array, less: Array) -> bool:
    if more.shape != less.shape:
        return False
    if more.dtype.kind not in "fiu":
        return bool((more == less).all())
    exact, other = more.astype(np.float64), less.astype(np.float64)
    largest = float(np.abs(other[np.isfinite(other)]).max(initial=0.0))
    return bool(np.allclose(exact, other, rtol=0, atol=TOLERANCE * largest, equal_nan=True))


def _correct(spec: TensorSpec, observed: list[Shape]) -> TensorSpec:
    if spec.shape is not None and all(spec.mismatch(shape) is None for shape in observed):
        return spec
    if len({len(shape) for shape in observed}) != 1:
        return TensorSpec(spec.name, spec.datatype, None)
    sizes = tuple(have.pop() if len(have := set(column)) == 1 else -1 for column in zip(*observed, strict=True))
    return TensorSpec(spec.name, spec.datatype, sizes)
