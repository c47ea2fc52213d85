"""Making a run's candidate again, from nothing but its record: is what it said of itself true?"""

import uuid
from dataclasses import dataclass, replace
from hashlib import sha256
from math import inf, nan
from typing import Any

from modelet.errors import NotFound
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train.candidate import ARTIFACT, describe_candidate
from modelet.train.record import begin, described, read_run
from modelet.train.run import trained
from modelet.train.stages import Report, silent


@dataclass(frozen=True, slots=True)
class Repeated:
    """A run and its repetition: each metric before and now, and whether the model has the same bytes."""

    metrics: dict[str, tuple[float, float]]
    same_artifact: bool

    @property
    def is_same(self) -> bool:
        """Whether nothing came out otherwise."""
        return self.same_artifact and all(before == now for before, now in self.metrics.values())

    def in_words(self) -> str:
        """The difference in a few words."""
        other = [name for name, (before, now) in self.metrics.items() if before != now]
        return f"other {', '.join(other)}" if other else "the same metrics"

    def to_json(self) -> dict[str, Any]:
        """The comparison, for machines."""
        metrics = {name: {"before": before, "now": now} for name, (before, now) in self.metrics.items()}
        return {"same": self.is_same, "same_artifact": self.same_artifact, "metrics": metrics}


def repeat(store: Store, run_id: str, report: Report = silent) -> Repeated:
    """Train a run's job once more and compare the candidates; nothing is written into the store.

    Raises NotFound for a run that has none yet, and what training raises.
    """
    held = describe_candidate(store, run_id)
    if held is None:
        raise NotFound(f"Run {run_id} has made no candidate: there is nothing to compare with.")
    job = described(read_run(store, run_id))
    apart = open_store(f"memory://{uuid.uuid4().hex}")
    job = replace(job, promote=None, gate=replace(job.gate, against="none"))
    again, _ = trained(apart, begin(apart, job), job, report)
    before, now = held["described"]["metrics"], again.described["metrics"]
    metrics = {name: (before.get(name, nan), now.get(name, inf)) for name in sorted({*before, *now})}
    return Repeated(metrics, held["parts"][ARTIFACT] == sha256(again.artifact).hexdigest())
