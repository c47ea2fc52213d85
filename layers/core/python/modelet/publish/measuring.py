"""Measuring forms of the same model against each other: they take turns, so that whatever else the machine does hits
all of them.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import onnxruntime

from modelet.manifest import LATENCY, Artifact, Signature, Variant
from modelet.manifest.document import WEIGHTS_FILE
from modelet.manifest.variant import ARCHITECTURE
from modelet.publish.choosing import Figures
from modelet.publish.made_up import Array, Feeds
from modelet.publish.memory import anonymous, give_back
from modelet.session.mapped import read_beside, read_variant
from modelet.session.opening import RUNTIME, Source, open_runtime

FEWEST_ROUNDS, MOST_ROUNDS = 2, 5
ENOUGH_SECONDS = 1.0
"""No round but the fewest begins after so long: a small model is done in some milliseconds, a large one has two."""

FEWEST_RUNS, MOST_RUNS = 3, 20
ENOUGH_RUN_SECONDS, SLOW_RUN_SECONDS = 0.02, 1.0
"""After the first of these the fewest runs are enough, after the second whatever there was."""


@dataclass(frozen=True, slots=True)
class Form:
    """A file, and how the runtime loads it: load-ready with or without prepacking, or None for canonical ONNX. Of one
    whose weights are `mapped`, those of the canonical form lie beside it. `domains` are those of its operators.
    """

    path: Path
    signature: Signature
    prepacking: bool | None = None
    mapped: bool = False
    domains: tuple[str, ...] = ()

    def open(self) -> onnxruntime.InferenceSession:
        """Load it as it is loaded where it serves, with one thread; raises whatever the runtime raises."""
        variant = None
        if self.prepacking is not None:
            variant = Variant(RUNTIME, ARCHITECTURE, LATENCY, "", Artifact("", 0), self.prepacking)
        return open_runtime(self._source(), self.signature, 1, variant, self.domains)

    def _source(self) -> Source:
        if not self.mapped:
            return str(self.path)
        if self.prepacking is not None:
            return read_variant(str(self.path))
        return read_beside(str(self.path), str(self.path.with_name(WEIGHTS_FILE)))


@dataclass(frozen=True, slots=True)
class Trial:
    """The figures of one form in every round, what it answered, and the bytes of memory that it took beside its
    file.
    """

    rounds: list[Figures]
    outputs: list[Array]
    grown: int


def compete(forms: Sequence[Form], row: Feeds, batch: Feeds | None) -> list[Trial]:
    """Load and run each form several times, taking turns; raises whatever the runtime raises."""
    trials: list[list[Trial]] = []
    enough = time.monotonic() + ENOUGH_SECONDS
    while len(trials) < FEWEST_ROUNDS or (len(trials) < MOST_ROUNDS and time.monotonic() < enough):
        trials.append([_try(form, row, batch) for form in forms])
    return [
        Trial([figures for trial in held for figures in trial.rounds], held[0].outputs, held[0].grown)
        for held in zip(*trials, strict=True)
    ]


def _try(form: Form, row: Feeds, batch: Feeds | None) -> Trial:
    give_back()
    before = anonymous()
    started = time.perf_counter()
    session = form.open()
    loaded = time.perf_counter()
    outputs = session.run(None, row)
    answered = time.perf_counter()
    grown = anonymous() - before
    rows = min(_runs(session, row))
    batches = None if batch is None else min(_runs(session, batch))
    if batch is not None:
        outputs += session.run(None, batch)
    return Trial([Figures(loaded - started, answered - loaded, rows, batches)], outputs, max(0, grown))


def _runs(session: onnxruntime.InferenceSession, feeds: Feeds) -> Iterator[float]:
    beginning = time.perf_counter()
    for count in range(MOST_RUNS):
        started = time.perf_counter()
        enough = ENOUGH_RUN_SECONDS if count >= FEWEST_RUNS else SLOW_RUN_SECONDS
        if count and started - beginning > enough:
            break
        session.run(None, feeds)
        yield time.perf_counter() - started
