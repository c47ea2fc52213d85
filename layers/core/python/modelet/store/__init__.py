"""Where objects live: `s3://bucket/prefix`, `file:///folder` or `memory://name`, behind one small protocol."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from modelet.errors import InvalidSetting
from modelet.store.base import Store

_memories: dict[str, Store] = {}


def open_store(url: str, env: Mapping[str, str] | None = None) -> Store:
    """Open the store at `url`; nothing is created or contacted yet. `env` holds the AWS variables for `s3://`.

    `memory://` stores live in this process and are shared by name. Raises InvalidSetting for any other kind of URL.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _not_a_store(url) from None
    if parts.query or parts.fragment or "%00" in url:
        raise InvalidSetting(f"{url!r} is not a store: write '?' as %3F and '#' as %23, and no NUL.")
    if parts.scheme == "s3" and parts.netloc:
        from modelet.store.s3 import S3Store

        return S3Store(parts.netloc, parts.path.strip("/"), _process_environment() if env is None else env)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        from modelet.store.local import LocalStore

        return LocalStore(Path(unquote(parts.path)), url)
    if parts.scheme == "memory":
        from modelet.store.memory import MemoryStore

        return _memories.setdefault(url, MemoryStore(url))
    raise _not_a_store(url)


def _not_a_store(url: str) -> InvalidSetting:
    return InvalidSetting(f"{url!r} is not a store: use s3://bucket/prefix, file:///folder or memory://name.")


def _process_environment() -> Mapping[str, str]:
    from os import environ

    return environ
