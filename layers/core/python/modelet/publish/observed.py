"""A model's signature as it shows itself: it is run on made-up inputs, and what its declaration says of its outputs is
kept where that is true and corrected where it is wrong or silent.

Rows of a batch must not know of each other. Whether they do shows by running three rows, of which the first equals the
last, and then the last two alone: the values are the same, so quantisation ranges are, but a recurrent network has
another past. A made-up input that a model rejects proves nothing against it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import onnxruntime

from modelet.manifest import Signature, TensorSpec
from modelet.publish.declared import first_is_free
from modelet.publish.made_up import Array, Feeds, MadeUp, Shape, feeds_of, guesses, run, varied, zeros

SECONDS = 5.0
"""How long all runs together may take."""

SIZES = (1, 8, 32, 224)
ENOUGH_SIZES = 2
ROWS_OF_THREE = [1, 0, 1]
TOLERANCE = 0.01
"""Of the largest value: what other kernels for another batch size may make of the same row."""


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
    for likely in guesses(inputs):
        for tried in likely:
            sizes = SIZES if any(made.has_sizes for made in tried) else SIZES[:1]
            found = (_pair(session, tried, size, deadline) for size in sizes)
            enough = list(islice(filter(None, found), ENOUGH_SIZES))
            yield from enough
            if enough:
                break


def _pair(session: onnxruntime.InferenceSession, inputs: list[MadeUp], size: int, deadline: float) -> _Pair | None:
    # The outputs for three rows and for two, of different values or, where the model rejects those, of zeros.
    for make in (varied, zeros):
        feeds = feeds_of(inputs, 2, size, make)
        if feeds is None:
            return None
        two = run(session, feeds, deadline)
        three = two and run(session, {made.spec.name: _three_of(made, feeds) for made in inputs}, deadline)
        if two and three:
            return _Pair(three, two)
    return None


def _three_of(made: MadeUp, feeds: Feeds) -> Array:
    two = feeds[made.spec.name]
    return two if made.axis is None else two.take(ROWS_OF_THREE, made.axis)


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
