"""Where objects live: `s3://bucket/prefix`, `file:///folder` or `memory://name`, behind one small protocol.

Each kind brings its own imports, and a store in S3, on which cold starts depend, neither urllib nor pathlib.
"""

from collections.abc import Mapping

from modelet.errors import InvalidSetting
from modelet.store.base import Store

_memories: dict[str, Store] = {}


def open_store(url: str, env: Mapping[str, str] | None = None) -> Store:
    """Open the store at `url`; nothing is created or contacted yet. `env` holds the AWS variables for `s3://`,
    and for the folder that the local gateway serves where that is.

    `memory://` stores live in this process and are shared by name. Raises InvalidSetting for any other kind of URL.
    """
    if any(mark in url for mark in ("?", "#", "%00")):
        raise InvalidSetting(f"{url!r} is not a store: write '?' as %3F and '#' as %23, and no NUL.")
    env = _process_environment() if env is None else env
    scheme, _, place = url.partition("://")
    bucket, _, prefix = place.partition("/")
    if scheme == "s3" and bucket:
        from modelet.store.s3 import S3Store

        return S3Store(bucket, prefix.strip("/"), env)
    return _open_here(url, env)


def _open_here(url: str, env: Mapping[str, str]) -> Store:
    from pathlib import Path
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        raise _not_a_store(url) from None
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path.startswith("/"):
        from modelet.store.local import LocalStore
        from modelet.store.signed import ADDRESS, SECRET, SignedFolder

        folder = Path(unquote(parts.path))
        if env.get("MODELET_STORE") == url and ADDRESS in env and SECRET in env:
            return SignedFolder(folder, url, env[ADDRESS], env[SECRET])
        return LocalStore(folder, url)
    if parts.scheme == "memory":
        from modelet.store.memory import MemoryStore

        return _memories.setdefault(url, MemoryStore(url))
    raise _not_a_store(url)


def _not_a_store(url: str) -> InvalidSetting:
    return InvalidSetting(f"{url!r} is not a store: use s3://bucket/prefix, file:///folder or memory://name.")


def _process_environment() -> Mapping[str, str]:
    from os import environ

    return environ
