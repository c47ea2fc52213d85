"""Minimum and maximum metrics."""

from modelet.errors import CandidateRefused
from modelet.train.gate.description import Gate


def check_thresholds(gate: Gate, metrics: dict[str, float]) -> None:
    """Raise CandidateRefused, naming every metric that misses its threshold."""
    missed = [
        f"{name} is {metrics[name]:g}, and must be at least {threshold:g}"
        for name, threshold in gate.minimum.items()
        if not metrics[name] >= threshold
    ] + [
        f"{name} is {metrics[name]:g}, and must be at most {threshold:g}"
        for name, threshold in gate.maximum.items()
        if not metrics[name] <= threshold
    ]
    if missed:
        raise CandidateRefused(
            f"The candidate is refused, and nothing was published: on {metrics['held_out_rows']:.0f} held-out rows, "
            f"{'; '.join(missed)}."
        )
