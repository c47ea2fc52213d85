"""Whether a candidate has earned its place: by its metrics, beside the version that is live, and within budgets."""

from modelet.train.gate.budgets import Footprint, footprint
from modelet.train.gate.comparing import Comparison
from modelet.train.gate.deciding import Decision, decide
from modelet.train.gate.description import Gate, NoWorse, Tolerance
from modelet.train.gate.rival import Rival, find_rival

__all__ = [
    "Comparison",
    "Decision",
    "Footprint",
    "Gate",
    "NoWorse",
    "Rival",
    "Tolerance",
    "decide",
    "find_rival",
    "footprint",
]
