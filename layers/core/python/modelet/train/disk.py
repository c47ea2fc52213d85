"""Temporary files without a name, for what does not fit the memory that a job may use: nothing is left of them, not
even after a kill.
"""

import errno
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from modelet.errors import OutOfMemory

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """A file for reading and writing; raises OutOfMemory where the disk is full."""
    with disk_room(), tempfile.TemporaryFile(prefix="modelet-") as file:
        yield file


def matrix_on_disk(blocks: "Iterable[Array]", columns: int) -> "Array":
    """Blocks of FP32 rows as one array of shape [n, columns], mapped from a file; raises OutOfMemory where the disk is
    full.
    """
    import numpy as np

    rows = 0
    with temporary_file() as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block, np.float32).data)
            rows += len(block)
        file.flush()
        # Written before it is mapped: a page that cannot be written ends the process with SIGBUS.
        return np.memmap(file, np.float32, "c", shape=(rows, columns)) if rows else np.empty((0, columns), np.float32)


@contextmanager
def disk_room() -> Iterator[None]:
    """Raise OutOfMemory where a write finds the disk full."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise OutOfMemory(
                f"The disk of {tempfile.gettempdir()} is full ({error.strerror}): set TMPDIR to a larger one, raise "
                "data.memory_mb, or draw fewer rows by data.max_rows."
            ) from None
        raise
