"""What a report tells of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelet.train.evaluation.evaluating import Evaluation
from modelet.train.evaluation.learning import LearningCurve
from modelet.train.gate.deciding import Decision


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a run found, accepted or refused. `trials` are those of a search as JSON objects, in their order, with
    what was tried and its `score`; `leaks` and `notes` are sentences; `parity`, `optimised` and `lineage` are as the
    manifest has them.
    """

    model: str
    job: str
    run: str
    evaluation: Evaluation
    decision: Decision
    description: str | None = None
    learning: LearningCurve | None = None
    trials: Sequence[Mapping[str, Any]] = ()
    leaks: Sequence[str] = ()
    notes: Sequence[str] = ()
    parity: Mapping[str, Any] | None = None
    optimised: Mapping[str, Any] | None = None
    lineage: Mapping[str, Any] | None = None
