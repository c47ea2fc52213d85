"""Tensors that go through the store because a request or an answer has no room for them: their keys, and for how long
others may write or read them.

docs/decisions/0012-claim-check.md
"""

import os

TENSORS = "uploads/tensors/"

URL_SECONDS = 3600
"""How long a URL is valid that was handed out; the credentials that signed it may expire before."""


def new_key() -> str:
    """A key that nobody can guess: who knows it may read what lies there."""
    return TENSORS + os.urandom(16).hex()


def is_key(reference: str) -> bool:
    """Whether this is such a key and nothing else."""
    name = reference.removeprefix(TENSORS)
    return reference.startswith(TENSORS) and len(name) == 32 and set(name) <= set("0123456789abcdef")
