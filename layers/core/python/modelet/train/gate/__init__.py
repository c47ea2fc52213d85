"""Whether a candidate has earned its place: by its metrics, beside the version that is live, and within budgets."""

from modelet.train.gate.budgets import Footprint, footprint
from modelet.train.gate.comparing import Comparison
from modelet.train.gate.deciding import Decision, decide
from modelet.train.gate.description import Gate, NoWorse, Tolerance
from modelet.train.gate.rival import Rival, find_rival
from modelet.train.gate.thresholds import check_thresholds

__all__ = [
    "Comparison",
    "Decision",
    "Footprint",
    "Gate",
    "NoWorse",
    "Rival",
    "Tolerance",
    "check_thresholds",
    "decide",
    "find_rival",
    "footprint",
]
