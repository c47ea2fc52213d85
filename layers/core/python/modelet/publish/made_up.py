"""Made-up inputs: random, always the same ones, and as valid as a signature lets anybody make them.

A model may reject them all the same, or take for ever: so they are tried, one after the other and under a watchdog.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from random import Random
from typing import Any

import numpy as np
import onnxruntime

from modelet.manifest import TensorSpec
from modelet.tensors.datatypes import NUMPY_NAMES

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
Feeds = dict[str, Array]

RANKS = (2, 1, 3, 4)
MOST_ELEMENTS = 10_000_000


@dataclass(frozen=True, slots=True)
class MadeUp:
    """An input to be made up; `axis` is the dimension that is taken for its batch, if any."""

    spec: TensorSpec
    shape: Shape
    axis: int | None

    @property
    def has_sizes(self) -> bool:
        """Whether a variable dimension other than the batch is to be chosen."""
        return any(size == -1 for index, size in enumerate(self.shape) if index != self.axis)

    def sized(self, rows: int, size: int) -> Shape:
        """The shape for so many rows, with every other variable dimension of this size."""
        free = {index: rows if index == self.axis else size for index, held in enumerate(self.shape) if held == -1}
        return tuple(free.get(index, held) for index, held in enumerate(self.shape))


Make = Callable[[str, Shape], Array]
"""Makes the values of a tensor of this datatype and shape."""


def guesses(inputs: tuple[TensorSpec, ...]) -> Iterator[list[list[MadeUp]]]:
    """What the inputs may be: for each rank that one of unknown rank may have, what may be their batches, the likelier
    first.
    """
    for rank in RANKS if any(spec.shape is None for spec in inputs) else RANKS[:1]:
        shapes = {spec.name: (-1,) * rank if spec.shape is None else spec.shape for spec in inputs}
        yield [
            [MadeUp(spec, shapes[spec.name], find_axis(shapes[spec.name])) for spec in inputs]
            for find_axis in (_first_free, _leading)
        ]


def feeds_of(inputs: list[MadeUp], rows: int, size: int, make: Make) -> Feeds | None:
    """Values for all inputs, or None where they would be too large."""
    shapes = {made.spec.name: made.sized(rows, size) for made in inputs}
    if sum(map(prod, shapes.values())) > MOST_ELEMENTS:
        return None
    return {made.spec.name: make(made.spec.datatype, shapes[made.spec.name]) for made in inputs}


def drawn_from(random: Random) -> Make:
    """Makes random values, other ones for each tensor. numpy's own generators are not shipped: they would be 2.7 MB."""

    def make(datatype: str, shape: Shape) -> Array:
        name, count = NUMPY_NAMES[datatype], prod(shape)
        shares = (np.frombuffer(random.randbytes(4 * count), np.uint32) / 2**32).reshape(shape)
        if datatype == "BYTES":
            return np.where(shares < 0.5, "a", "b").astype(object)
        if datatype == "BOOL":
            return shares < 0.5
        if datatype.startswith("FP"):
            return shares.astype(name)
        return (1 + 2 * shares).astype(name)  # nothing to divide by zero, and within any vocabulary

    return make


def varied(datatype: str, shape: Shape) -> Array:
    """Random values, the same ones each time."""
    return drawn_from(Random(0))(datatype, shape)


def zeros(datatype: str, shape: Shape) -> Array:
    """Zeros, for models that reject other values."""
    return np.full(shape, "0" if datatype == "BYTES" else 0, dtype=NUMPY_NAMES[datatype])


def run(session: onnxruntime.InferenceSession, feeds: Feeds, deadline: float) -> list[Array] | None:
    """The outputs, or None where the model rejects the inputs or has not answered at `deadline` (time.monotonic)."""
    options = onnxruntime.RunOptions()
    watchdog = threading.Timer(deadline - time.monotonic(), lambda: setattr(options, "terminate", True))
    try:
        watchdog.start()
        return [np.asarray(value) for value in session.run(None, feeds, options)]
    except Exception:  # noqa: BLE001 - it may break in any way, the watchdog's too, and proves nothing
        return None
    finally:
        watchdog.cancel()


def _first_free(shape: Shape) -> int | None:
    # A state may carry its batch in a later dimension.
    return shape.index(-1) if -1 in shape else None


def _leading(shape: Shape) -> int | None:
    return 0 if shape[:1] == (-1,) else None
