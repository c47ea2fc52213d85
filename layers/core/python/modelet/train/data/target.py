"""What is to be predicted: classes or numbers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from modelet.errors import InvalidJob
from modelet.train.data.chunks import Chunk
from modelet.train.data.inference import MOST_CATEGORIES, Observed, check_mixture
from modelet.train.data.values import numbers_of, texts_of
from modelet.train.table import Kind
from modelet.train.task import Task, infer_task

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """The column that is predicted, and how its values are read; `declared` is what the job says that it holds."""

    name: str
    form: Literal["whole", "number", "text"]
    declared: Kind | None

    def values(self, chunk: Chunk, missing: tuple[str, ...]) -> "tuple[Array, Array]":
        """The target of each row, of shape [n], and where there is one; raises InvalidJob for one that FP32 cannot
        hold, for so do models answer.
        """
        import numpy as np

        column = chunk.column(self.name)
        if self.form == "text":
            texts = texts_of(column, missing)
            return texts, texts != ""
        numbers = numbers_of(column, missing)
        assert numbers is not None  # for that was seen
        infinite = np.abs(numbers) > np.finfo(np.float32).max
        if infinite.any():
            at = int(np.argmax(infinite))
            raise InvalidJob(
                f"The target {self.name!r} is infinite, or larger than FP32 holds ({numbers[at]:g}), in "
                f"{chunk.where(at)}: mend it, or give the target in a larger unit."
            )
        return numbers, ~np.isnan(numbers)

    def truth(self, parts: "list[Array]") -> "tuple[Array, Task]":
        """The target of all rows as a table has it, and the task; raises InvalidJob where that is none."""
        import numpy as np

        held = np.concatenate(parts)
        if self.form == "text":
            held = held.astype(str)
            classes = len(np.unique(held))
            if classes > MOST_CATEGORIES and classes > len(held) / 2:
                raise InvalidJob(f"The target {self.name!r} holds {classes} different texts: these are no classes.")
        elif self.form == "whole" and self.declared != "number":
            held = held.astype(np.int64)
        try:
            task = infer_task(held)
        except InvalidJob as error:
            raise InvalidJob(error.message.replace("The target", f"The target {self.name!r}", 1)) from None
        if self.declared == "category" or self.form == "text":
            task = "binary" if len(np.unique(held)) == 2 else "multiclass"
        return held, task


def target_field(name: str, observed: Observed, declared: Kind | None) -> Target:
    """How a target is read; raises InvalidJob for one without values, and for text where numbers should be."""
    if not observed.values:
        raise InvalidJob(f"The target {name!r} has no value in any row.")
    if declared == "number" and not observed.only_numbers and observed.odd:
        raise InvalidJob(f"The target {name!r} is said to hold numbers, but there is {observed.odd}.")
    if not observed.only_numbers and declared is None:
        check_mixture(name, observed)
    if declared != "number" and (not observed.only_numbers or observed.zeros):
        return Target(name, "text", declared)
    whole = bool(observed.flags) or observed.whole
    if declared == "category" and not whole:
        return Target(name, "text", declared)
    return Target(name, "whole" if whole and declared != "number" else "number", declared)
