"""Inputs that a model accepts: one row, and a batch where it takes those."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import onnxruntime

from modelet.manifest import Signature
from modelet.publish.made_up import Feeds, MadeUp, Make, drawn_from, feeds_of, guesses, run, zeros

SECONDS = 5.0
"""How long looking for them may take."""

SIZES = (32, 8, 1, 224)
ROWS = 64
BATCH_SECONDS = 0.05
"""How long one run of a batch may take, going by what one row takes: of a slower model the batch has fewer rows."""


SLOW_SECONDS = 0.5
"""What takes so long for a row is not measured with a batch."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Values by input name: of one row, and of `rows` rows where the model takes batches."""

    row: Feeds
    batch: Feeds | None = None
    rows: int = 0


def find_accepted(session: onnxruntime.InferenceSession, signature: Signature) -> Accepted | None:
    """The first made-up inputs that the model accepts, or None where it rejects all of them or takes too long."""
    deadline = time.monotonic() + SECONDS
    for inputs, size, make in _tries(signature):
        row = feeds_of(inputs, 1, size, make)
        if row is not None and run(session, row, deadline):
            rows = _affordable_rows(session, row, deadline) if signature.batched else 1
            batch = feeds_of(inputs, rows, size, make) if rows > 1 else None
            taken = batch is not None and run(session, batch, deadline) is not None
            return Accepted(row, batch, rows) if taken else Accepted(row)
        if time.monotonic() > deadline:
            break
    return None


def _tries(signature: Signature) -> Iterator[tuple[list[MadeUp], int, Make]]:
    for likely in guesses(signature.inputs):
        for inputs in likely:
            for size in SIZES if any(made.has_sizes for made in inputs) else SIZES[:1]:
                for make in (drawn_from(Random(0)), zeros):
                    yield inputs, size, make


def _affordable_rows(session: onnxruntime.InferenceSession, row: Feeds, deadline: float) -> int:
    seconds = min(_seconds(session, row, deadline) for _ in range(3))
    return max(2, min(ROWS, int(BATCH_SECONDS / seconds))) if seconds < SLOW_SECONDS else 1


def _seconds(session: onnxruntime.InferenceSession, row: Feeds, deadline: float) -> float:
    started = time.perf_counter()
    run(session, row, deadline)
    return time.perf_counter() - started
