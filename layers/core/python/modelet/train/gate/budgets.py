"""What a candidate costs to serve: the milliseconds of one row, and the size of what a cold start fetches."""

import statistics
import time
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from modelet.train.gate.description import Gate

if TYPE_CHECKING:
    import numpy as np

    from modelet.session import Session

    Array = np.ndarray[Any, Any]

FEWEST_RUNS, MOST_RUNS = 20, 500
ENOUGH_SECONDS = 0.5
MB = 1_000_000


class Footprint(NamedTuple):
    """The median milliseconds that one row takes when nothing else runs, and the megabytes of the artifact."""

    latency_ms: float
    size_mb: float


def footprint(session: "Session", inputs: "Mapping[str, Array]") -> Footprint:
    """Measure a loaded candidate; `inputs` are held-out rows by input name, which are asked one after the other."""
    rows = len(next(iter(inputs.values())))
    moments = [time.perf_counter()]
    while len(moments) <= FEWEST_RUNS or (len(moments) <= MOST_RUNS and moments[-1] - moments[0] < ENOUGH_SECONDS):
        at = (len(moments) - 1) % rows
        session.run({name: array[at : at + 1] for name, array in inputs.items()}, session.outputs)
        moments.append(time.perf_counter())
    took = statistics.median(after - before for before, after in pairwise(moments))
    return Footprint(round(took * 1000, 4), round(session.manifest.size / MB, 6))


def exceeded_budgets(gate: Gate, measured: Footprint) -> tuple[str, ...]:
    """Every budget that is exceeded, in words."""
    budgets = {"latency_ms": gate.latency_ms, "size_mb": gate.size_mb}
    return tuple(
        f"{name} is {getattr(measured, name):g}, and must be at most {budget:g}"
        for name, budget in budgets.items()
        if budget is not None and getattr(measured, name) > budget
    )
