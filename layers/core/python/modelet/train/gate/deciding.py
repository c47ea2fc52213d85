"""The gate's decision on a candidate, with every reason at once."""

from dataclasses import dataclass, replace
from typing import Any

from modelet.train.evaluation.evaluating import Evaluation
from modelet.train.gate.budgets import Footprint, exceeded_budgets
from modelet.train.gate.comparing import Comparison, compared
from modelet.train.gate.description import Gate
from modelet.train.gate.mapping import Unfit
from modelet.train.gate.rival import Rival
from modelet.train.gate.thresholds import missed_thresholds
from modelet.train.refusing import refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a candidate on so many held-out `rows` is refused: each of the `reasons`. `comparison` is that with the live
    version, and `notes` say what the gate looked at and let pass.
    """

    rows: int
    reasons: tuple[str, ...] = ()
    comparison: Comparison | None = None
    footprint: Footprint | None = None
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the candidate has earned its place."""
        return not self.reasons

    def check(self) -> None:
        """Raise CandidateRefused, with every reason, unless it has."""
        if self.reasons:
            raise refusal(f"on {self.rows} held-out rows, {'; '.join(self.reasons)}")

    def within(self, gate: Gate, measured: Footprint) -> "Decision":
        """The decision when it is known what the exported candidate costs to serve."""
        return replace(self, reasons=(*self.reasons, *exceeded_budgets(gate, measured)), footprint=measured)

    def refused(self, reason: str) -> "Decision":
        """The decision when there is one more reason against the candidate, as that its ONNX form is another model."""
        return replace(self, reasons=(*self.reasons, reason))

    def to_json(self) -> dict[str, Any]:
        """The decision for a run's record."""
        comparison = None
        if self.comparison is not None:
            comparison = {**self.comparison._asdict(), "between": list(self.comparison.between)}
        return {
            "passed": self.passed,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "rows": self.rows,
            "comparison": comparison,
            "footprint": None if self.footprint is None else self.footprint._asdict(),
        }


def decide(gate: Gate, evaluation: Evaluation, rival: Rival | None = None, seed: int = 0) -> Decision:
    """Judge a candidate by its metrics, and beside the version that is live where there is one."""
    rows = len(evaluation.held)
    if evaluation.unanswered:
        return Decision(rows, (f"{evaluation.unanswered} are answered with numbers that are not finite",))
    decision = Decision(rows, missed_thresholds(gate, evaluation.metrics))
    if rival is None or gate.against == "none":
        return decision
    try:
        comparison = compared(evaluation, rival, gate.no_worse, seed)
    except Unfit as reason:
        return _incomparable(gate, decision, rival, str(reason))
    decision = replace(decision, comparison=comparison, notes=_doubts(rival, evaluation))
    return decision if comparison.passed else decision.refused(comparison.sentence())


def _doubts(rival: Rival, evaluation: Evaluation) -> tuple[str, ...]:
    if not rival.may_know(evaluation.held):
        return ()
    doubt = (
        f"Version {rival.version}, which is live, was trained when other rows were held out: it may have learnt some "
        "of these, and look better than it is (the same seed and data hold out the same rows)."
    )
    return (doubt,)


def _incomparable(gate: Gate, decision: Decision, rival: Rival, reason: str) -> Decision:
    told = f"version {rival.version}, which is live, cannot be compared: {reason}"
    if gate.incomparable == "pass":
        return replace(decision, notes=(*decision.notes, told))
    return decision.refused(f"{told} (gate.incomparable: pass lets a candidate pass nevertheless)")
