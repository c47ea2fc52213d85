"""Single and double precision: of inputs, of thresholds, and of everything that is computed from them."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Precision:
    """How floating-point numbers are held: `datatype` is numpy's name, `tensor` that of the Open Inference Protocol."""

    name: Literal["single", "double"]
    datatype: str
    tensor: str


PRECISIONS = {
    "single": Precision("single", "float32", "FP32"),
    "double": Precision("double", "float64", "FP64"),
}
