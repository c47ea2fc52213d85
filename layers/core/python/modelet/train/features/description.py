"""What a job says of its features."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Features:
    """What is done to the rows before the estimator sees them, inside the exported graph."""

    scaling: Literal["standard", "none"] = "standard"
