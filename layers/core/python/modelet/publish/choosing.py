"""Which form of a model each profile loads, decided by what was measured: pure numbers in, a choice out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelet.manifest import BATCH, LATENCY

WARM_RUNS = {LATENCY: 30, BATCH: 100}
"""How many warm runs a cold start is weighed against: what is loaded faster may run a little slower, and how much
slower depends on how many runs there will be.
"""

MARGIN = 1.1
"""How many times better something must be than what is preferred, in every round: less may be chance."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds that one form of a model takes: to load, for the first run of one row, and for a later one of one row
    and, where the model takes batches, of many.
    """

    load: float
    first: float
    row: float
    batch: float | None = None

    def cost(self, profile: str) -> float:
        """The seconds of a cold start and of the warm runs that follow it in this profile."""
        steady = self.row if profile == LATENCY or self.batch is None else self.batch
        return self.load + self.first + WARM_RUNS[profile] * steady


Rounds = Sequence[Figures]
"""Of one form, a round each; the forms took turns in every round."""


def best(rounds: Rounds) -> Figures:
    """The shortest times of all rounds, for whatever else the machine does only ever makes them longer."""
    batches = [figures.batch for figures in rounds if figures.batch is not None]
    return Figures(
        min(figures.load for figures in rounds),
        min(figures.first for figures in rounds),
        min(figures.row for figures in rounds),
        min(batches, default=None),
    )


def choose_prepacking(profile: str, canonical: Rounds | None, variants: Mapping[bool, Rounds]) -> bool | None:
    """Whether the variant of a profile is loaded with prepacking, or None where the canonical artifact, if that may be
    chosen at all, is better than either. `variants` holds the figures of what may be chosen, by prepacking.

    Single rows hardly gain from packed weights and wait for them at each cold start; batches gain from them. So each
    profile has a preference, which only a measurement overrides.
    """
    preferred = profile == BATCH
    order = [prepacking for prepacking in (preferred, not preferred) if prepacking in variants]
    if not order:
        return None
    chosen = order[0]
    for other in order[1:]:
        if _is_better(profile, variants[other], variants[chosen]):
            chosen = other
    return None if canonical is not None and _is_better(profile, canonical, variants[chosen]) else chosen


def _is_better(profile: str, one: Rounds, other: Rounds) -> bool:
    return all(mine.cost(profile) * MARGIN < theirs.cost(profile) for mine, theirs in zip(one, other, strict=True))
