"""What a job says of its split."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from modelet.errors import InvalidJob
from modelet.train.schema import Bounds
from modelet.train.splitting.methods import HOLDING_OUT, Method, method_of
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Split:
    """`held_out` is the share of rows that training never sees. Stratified, every class has its share among them;
    grouped, no group is on both sides; by time, they are the newest. Without a method, classes are stratified and
    numbers are split at random; without a `seed` of its own, a split uses the job's.
    """

    method: Method | None = None
    held_out: Annotated[float, Bounds(above=0, below=1)] = 0.25
    seed: Annotated[int | None, Bounds(at_least=0, below=2**32)] = None

    def positions(self, table: Table, seed: int) -> "tuple[Array, Array]":
        """The positions of the rows to learn from and of the held-out ones; raises InvalidJob where that cannot be."""
        method = method_of(self.method, table)
        hold_out = HOLDING_OUT[method]
        learnt, held = hold_out(table, self.held_out, seed if self.seed is None else self.seed)
        if not len(learnt) or not len(held):
            raise InvalidJob(
                f"The {len(table)} rows cannot be split as the job says ({method}, held_out: {self.held_out:g}): none "
                f"would be {'held out' if len(learnt) else 'left to learn from'}."
            )
        if table.task != "regression":
            _check_classes(table, learnt)
        return learnt, held


def _check_classes(table: Table, learnt: "Array") -> None:
    missing = sorted(set(table.truth.tolist()) - set(table.truth[learnt].tolist()))
    if missing:
        raise InvalidJob(
            f"No row of class {missing[0]!r} is left to learn from: hold out less, or split by method stratified."
        )
