"""Content-addressed bytes as documents name them: by digest and size."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from modelet.manifest.fields import Fields

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Artifact(NamedTuple):
    """A content-addressed blob: its SHA-256 in hexadecimal and its size in bytes."""

    sha256: str
    size: int
    rest: Mapping[str, Any] = {}

    def __hash__(self) -> int:
        """What other code versions wrote is compared, but cannot be hashed."""
        return hash(self[:-1])

    @classmethod
    def read(cls, fields: Fields) -> "Artifact":
        """Read one; raises CorruptObject."""
        sha256, size = take_digest(fields, "sha256"), fields.take("size", int)
        if size < 0:
            raise fields.wrong("size", f"must be at least 0, but is {size}")
        return cls(sha256, size, fields.rest)

    def dump(self) -> dict[str, Any]:
        """The JSON form."""
        return {"sha256": self.sha256, "size": self.size, **self.rest}


def take_digest(fields: Fields, name: str) -> str:
    """Take a required SHA-256 in hexadecimal; raises CorruptObject."""
    return check_digest(fields, name, fields.take(name, str))


def check_digest(fields: Fields, name: str, digest: object) -> str:
    """Answer a value of the field `name` if it is a SHA-256 in hexadecimal; raises CorruptObject."""
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise fields.wrong(name, f"must be 64 hexadecimal digits, but is {digest!r:.80}")
    return digest
