"""What the author says of a version, and whether that can be so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelet.errors import InvalidRequest
from modelet.manifest import Column, Signature
from modelet.manifest.columns import named_columns

LONGEST_DESCRIPTION = 2000
"""In characters: the manifest is read on every cold start."""


def check_description(text: str) -> None:
    """Raises InvalidRequest for a description that is too long for a manifest."""
    if len(text) > LONGEST_DESCRIPTION:
        raise InvalidRequest(f"A description has at most {LONGEST_DESCRIPTION} characters, and this one {len(text)}.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the author says of a version, and files to keep `beside` it by role, which serving does not read; everything
    else is found by examining the file. Raises InvalidRequest for a description that is too long.
    """

    description: str | None = None
    licence: str | None = None
    labels: dict[str, list[Any]] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    parity: dict[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    beside: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_description(self.description or "")
        check_description(self.licence or "")

    def named_columns(self, signature: Signature) -> tuple[Column, ...]:
        """The columns that were named, of the model's datatypes; raises InvalidRequest for names that cannot be."""
        return named_columns(signature, self.columns) if self.columns else ()

    def check_labels(self, signature: Signature) -> None:
        """Raises InvalidRequest for labels of an output that is not there, or has another number of classes."""
        shapes = {spec.name: spec.shape for spec in signature.outputs}
        for output, labels in self.labels.items():
            if output not in shapes:
                names = ", ".join(map(repr, shapes))
                raise InvalidRequest(f"There are labels for output {output!r}, but the model's outputs are {names}.")
            shape = shapes[output]
            if shape and len(shape) > 1 and shape[-1] not in (-1, len(labels)):
                raise InvalidRequest(f"Output {output!r} has {shape[-1]} classes, but there are {len(labels)} labels.")
