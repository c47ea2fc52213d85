"""Minimum and maximum metrics."""

from math import nan

from modelet.train.gate.description import Gate


def missed_thresholds(gate: Gate, metrics: dict[str, float]) -> tuple[str, ...]:
    """Every metric that misses its threshold, in words; one that could not be measured misses it."""
    return tuple(
        [
            f"{name} is {_shown(metrics, name)}, and must be at least {threshold:g}"
            for name, threshold in gate.minimum.items()
            if not metrics.get(name, nan) >= threshold
        ]
        + [
            f"{name} is {_shown(metrics, name)}, and must be at most {threshold:g}"
            for name, threshold in gate.maximum.items()
            if not metrics.get(name, nan) <= threshold
        ]
    )


def _shown(metrics: dict[str, float], name: str) -> str:
    return f"{metrics[name]:g}" if name in metrics else "not to be measured"
