"""What a cold start must know of a variant, so that it can fetch one without asking what there is."""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from modelet.config import PROFILES
from modelet.manifest.artifact import Artifact, take_digest
from modelet.manifest.fields import Fields

LATENCY, BATCH = PROFILES
RANGE_BYTES = 8 * 1024 * 1024
"""What of a variant verifies on its own; a smaller one is read by its digest alone, without its record."""
ARCHITECTURE = {"aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
"""Of this machine, as AWS names it."""

_PART_OF_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+]{0,63}")


class Variant(NamedTuple):
    """A load-ready form of an artifact: the runtime version, architecture and profile that it is for, the SHA-256 of
    its record's bytes, its own bytes, and whether the runtime is to repack its weights when it loads them.
    """

    runtime: str
    architecture: str
    profile: str
    record: str
    blob: Artifact
    prepacking: bool = True
    rest: Mapping[str, Any] = {}

    def __hash__(self) -> int:
        """What other code versions wrote is compared, but cannot be hashed."""
        return hash(self[:-1])

    @property
    def fits(self) -> tuple[str, str, str]:
        """What it is for: runtime version, architecture and profile. A version has at most one variant for each."""
        return self.runtime, self.architecture, self.profile

    @classmethod
    def read(cls, fields: Fields) -> "Variant":
        """Read one; raises CorruptObject."""
        runtime, architecture, profile = take_fit(fields)
        record, blob = take_digest(fields, "record"), Artifact.read(fields.within("blob"))
        prepacking = fields.take("prepacking", bool)
        return cls(runtime, architecture, profile, record, blob, prepacking, fields.rest)

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "runtime": self.runtime,
            "architecture": self.architecture,
            "profile": self.profile,
            "record": self.record,
            "blob": self.blob.dump(),
            "prepacking": self.prepacking,
            **self.rest,
        }


Variants = tuple[Variant, ...]


def take_fit(fields: Fields) -> tuple[str, str, str]:
    """Take what a variant is for: runtime version, architecture and profile, each fit for a key; raises
    CorruptObject.

    Those of newer code versions are read too: whoever looks for its own passes them over.
    """
    runtime, architecture, profile = (_part(fields, name) for name in ("runtime", "architecture", "profile"))
    return runtime, architecture, profile


def take_variants(fields: Fields) -> Variants:
    """Take the optional list `variants`; absent is none. Raises CorruptObject."""
    if fields.rest.get("variants") is None:
        fields.rest.pop("variants", None)
        return ()
    return tuple(Variant.read(item) for item in fields.each("variants"))


def dump_variants(variants: Variants) -> dict[str, Any]:
    """The JSON form of the optional list `variants`, as a part of its document."""
    return {"variants": [variant.dump() for variant in variants]} if variants else {}


def merged(known: Iterable[Variant], found: Iterable[Variant]) -> Variants:
    """The known variants and those found that are for something else, in the order of what they are for."""
    held = {variant.fits: variant for variant in found} | {variant.fits: variant for variant in known}
    return tuple(held[fits] for fits in sorted(held))


def _part(fields: Fields, name: str) -> str:
    value = fields.take(name, str)
    if not _PART_OF_KEY.fullmatch(value):
        raise fields.wrong(name, f"must be 1 to 64 letters, digits, '.', '_' and '+', but is {value!r:.80}")
    return value
