"""Numbers that are told apart in the source, and no more as the FP32 that is learnt from."""

from typing import TYPE_CHECKING, Any

from modelet.train.data.inference import EXACT

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

COUNTED = 10_000
"""As many distinct numbers of a column are remembered."""
TOLD = 0.01
"""Measurements are rounded anyway: it is told of them where more than this part of the distinct ones is lost. Whole
numbers name things, and none may be lost."""


class Rounding:
    """The first distinct numbers of a column that FP32 may round, which are those beyond 2**24 and fractions."""

    def __init__(self) -> None:
        self._seen: Array | None = None
        self._is_full = False

    def see(self, column: Any) -> None:
        """See some numbers, a pyarrow.Array of whole numbers or FP64 with nulls or NaN for missing ones."""
        import numpy as np

        if self._is_full or column.null_count == len(column):
            return
        numbers = column.drop_null().to_numpy(zero_copy_only=False)  # whole ones, for FP64 rounds beyond 2**53
        is_beyond = (numbers >= EXACT) | (numbers <= -EXACT)
        found = np.unique(numbers[is_beyond | (numbers != np.rint(numbers))])
        found = found[~np.isnan(found)]
        self._seen = found if self._seen is None else np.union1d(self._seen, found)
        self._is_full = len(self._seen) > COUNTED
        if self._is_full:
            self._seen = self._seen[:COUNTED].copy()

    def note(self, name: str) -> str | None:
        """What the user should know of a column: how many distinct numbers become how many; None where all stay."""
        import numpy as np

        if self._seen is None:
            return None
        count, left = len(self._seen), len(np.unique(self._seen.astype(np.float32)))
        is_whole = bool((self._seen == np.rint(self._seen)).all())
        if left == count or (not is_whole and count - left <= TOLD * count):
            return None
        some = "the first " if self._is_full else ""
        least, most = self._seen[0].item(), self._seen[-1].item()
        return (
            f"Column {name!r}: {some}{count} distinct numbers ({least} … {most}) become {left} as FP32, which is "
            "what is learnt from, whatever export.precision says; rows that differ in nothing else count as repeated. "
            f"To tell them apart, set data.types: {{{name}: category}}, or subtract an offset; or drop the column."
        )
