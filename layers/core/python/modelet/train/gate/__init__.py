"""Whether a candidate has earned its place."""

from modelet.train.gate.description import Gate, Tolerance
from modelet.train.gate.thresholds import check_thresholds

__all__ = ["Gate", "Tolerance", "check_thresholds"]
