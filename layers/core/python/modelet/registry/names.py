"""Names of models, versions and aliases: checked before any I/O, so that no name can ever become another path."""

import re
from functools import lru_cache

from modelet.errors import InvalidName

_MODEL = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
_ALIAS = re.compile(r"[a-z]([a-z0-9._-]{0,62}[a-z0-9])?")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")

LIVE = "live"

NAMES_KEPT = 1024
"""Valid names that are known again without being looked at: a process is asked for few, and again and again."""


@lru_cache(NAMES_KEPT)
def check_model(name: str) -> str:
    """Answer the name if it is a valid one; raises InvalidName."""
    if not is_model(name):
        raise InvalidName(
            f"{name!r:.80} is not a model name: use 1 to 64 of a-z, 0-9, '.', '_' and '-', "
            "beginning and ending with a letter or digit."
        )
    return name


def is_model(name: str) -> bool:
    """Whether this is a valid name of a model."""
    return _MODEL.fullmatch(name) is not None


def check_alias(name: str) -> str:
    """Answer the alias if it is a valid one; raises InvalidName."""
    if not _ALIAS.fullmatch(name):
        raise InvalidName(
            f"{name!r:.80} is not an alias: use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter "
            f"and ending with a letter or digit."
        )
    return name


@lru_cache(NAMES_KEPT)
def parse_ref(ref: str) -> int | str:
    """A version number as int, or an alias as str; raises InvalidName where it is neither."""
    if _VERSION.fullmatch(ref):
        return int(ref)
    if _ALIAS.fullmatch(ref):
        return ref
    raise InvalidName(f"{ref!r:.80} is neither a version number nor an alias.")
