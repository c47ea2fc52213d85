"""Which rows are learnt from and which are held out, by a seed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from modelet.errors import InvalidJob
from modelet.train.schema import Bounds
from modelet.train.table import Table

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Split:
    """`held_out` is the share of rows that training never sees; stratified, every class has its share among them.

    Without a `seed` of its own, a split uses the job's.
    """

    method: Literal["stratified", "random"] = "stratified"
    held_out: Annotated[float, Bounds(above=0, below=1)] = 0.25
    seed: Annotated[int | None, Bounds(at_least=0, below=2**32)] = None

    def positions(self, table: Table, seed: int) -> "tuple[Array, Array]":
        """The positions of the rows to learn from and of the held-out ones; raises InvalidJob where that cannot be."""
        import numpy as np
        from sklearn.model_selection import train_test_split

        truth = table.truth

        try:
            learnt, held = train_test_split(
                np.arange(len(truth)),
                test_size=self.held_out,
                random_state=seed if self.seed is None else self.seed,
                stratify=truth if self.method == "stratified" else None,
            )
        except ValueError as error:
            raise InvalidJob(f"The rows cannot be split as the job says ({self.method}): {error}") from None
        missing = sorted(set(truth.tolist()) - set(truth[learnt].tolist()))
        if missing:
            raise InvalidJob(
                f"No row of class {missing[0]!r} is left to learn from: hold out less, or split by method stratified."
            )
        return learnt, held
