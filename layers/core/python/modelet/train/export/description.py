"""What a job says of the exported model."""

import re
from dataclasses import dataclass
from typing import Annotated

from modelet.train.schema import Checked

_TENSOR = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def check_tensor(name: str) -> None:
    """Raise ValueError for a name that would be awkward as a key of a request."""
    if not _TENSOR.fullmatch(name):
        raise ValueError(f"{name!r:.80} is not a tensor name: use letters, digits, '_', '.' and '-'")


Tensor = Annotated[str, Checked(check_tensor)]


@dataclass(frozen=True, slots=True)
class Export:
    """The names that requests and answers use."""

    input: Tensor = "x"
    label: Tensor = "label"
    probabilities: Tensor = "probabilities"

    def __post_init__(self) -> None:
        """Refuse one name for two tensors."""
        if len({self.input, self.label, self.probabilities}) < 3:
            raise ValueError("input, label and probabilities must have different names")
