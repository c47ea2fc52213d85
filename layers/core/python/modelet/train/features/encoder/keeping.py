"""Vectors that outlive the process which made them, so that the trials of a search, and a run that is resumed, embed no
text again.

They lie in a folder of the user's own, below the one for temporary files, and whoever keeps more removes those that
nobody has used for some days. Whatever is wrong with them, they are only made again.
"""

import os
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

if TYPE_CHECKING:
    import numpy as np

    Vectors = dict[bytes, np.ndarray[Any, Any]]

DAYS = 3
MOST = 500_000
"""More vectors than this are not kept together."""


def kept_vectors(name: str, width: int) -> "Vectors":
    """The vectors that were kept by this name, by the digest of their text; empty where there are none."""
    import numpy as np

    with suppress(OSError, ValueError, KeyError, EOFError, BadZipFile):
        path = _folder() / f"{name}.npz"
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            keys, vectors = held["keys"], held["vectors"]
        os.utime(path)
        if len(keys) == len(vectors) and vectors.shape[1:] == (width,) and vectors.dtype == np.float32:
            return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}
    return {}


def keep_vectors(name: str, vectors: "Vectors") -> None:
    """Keep vectors by a name, beside those that others have kept by it meanwhile, where that is possible."""
    import numpy as np

    width = len(next(iter(vectors.values())))
    others = kept_vectors(name, width)
    if len(others) + len(vectors) <= MOST:
        vectors = others | vectors
    with suppress(OSError):
        folder = _folder()
        _forget_old(folder)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".new", delete=False) as file:
            keys = np.frombuffer(b"".join(vectors), np.uint8).reshape(len(vectors), -1)
            np.savez(file, keys=keys, vectors=np.stack(list(vectors.values())))
        Path(file.name).replace(folder / f"{name}.npz")


def _folder() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"modelet-vectors-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != user):
        raise PermissionError(f"{folder} belongs to somebody else.")
    return folder


def _forget_old(folder: Path) -> None:
    oldest = time.time() - DAYS * 24 * 3600
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink()
