"""What every strategy can do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from modelet.train.search.trial import Trial

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to try next: values by their places in the job, on a share of the learning rows."""

    parameters: Json
    share: float = 1.0

    def to_json(self) -> Json:
        """What the shard of this trial has of its own."""
        return {"parameters": self.parameters, "share": self.share}


class Strategy(Protocol):
    """Proposes trials, round by round. It depends on nothing but its options and the trials before, in their order, so
    that whoever repeats it gets the same.
    """

    @property
    def expected(self) -> int:
        """How many trials there will be in all."""

    def next(self, trials: Sequence[Trial]) -> Sequence[Proposal]:
        """The next round, after all trials so far; empty when the search is over."""
