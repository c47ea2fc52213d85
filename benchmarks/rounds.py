"""Rounds: every side once in each round, in turn, so that what disturbs the machine disturbs all of them alike."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any, Literal, TypeVar

Taken = dict[str, list[float]]
Name = TypeVar("Name")


def interleaved(sides: Mapping[Name, Callable[[], float]], rounds: int) -> dict[Name, list[float]]:
    """What each side measured in each round; every round begins with another side. A first round is thrown away."""
    taken: dict[Name, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds + 1):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            value = sides[name]()
            if number:
                taken[name].append(value)
    return taken


@dataclass(frozen=True, slots=True)
class Figure:
    """What one side measured: the median of its rounds, and its quartiles."""

    name: str
    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, name: str, values: list[float]) -> "Figure":
        """The figure of some rounds."""
        low, middle, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
        return cls(name, middle, low, high, len(values))


@dataclass(frozen=True, slots=True)
class Reach:
    """What the ratio ours ÷ theirs is meant to be."""

    bound: Literal["at most", "at least"]
    ratio: float

    def holds(self, ratio: float) -> bool:
        """Whether a ratio is within reach."""
        return ratio <= self.ratio if self.bound == "at most" else ratio >= self.ratio


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: two figures of the same rounds. One without figures says in `note` why it has none; one
    without a reach is there to be known.
    """

    case: str
    unit: str
    reach: Reach | None
    ours: Figure | None = None
    theirs: Figure | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The row as the results hold it."""
        held = self.ratio is not None and self.reach.holds(self.ratio) if self.reach else None
        return {**asdict(self), "reached": held}


def compare(case: str, unit: str, reach: Reach | None, taken: Taken, note: str = "") -> Row:
    """A row from what two sides measured round by round, ours first.

    The ratio is the median of the rounds' own ratios, with their quartiles: what disturbed a round disturbed both.
    """
    (_, mine), (_, other) = taken.items()
    ours, theirs = (Figure.of(name, values) for name, values in taken.items())
    paired = Figure.of("ratio", [a / b for a, b in zip(mine, other, strict=True)])
    return Row(case, unit, reach, ours, theirs, paired.median, paired.low, paired.high, note)
