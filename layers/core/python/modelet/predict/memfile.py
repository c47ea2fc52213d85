"""Files that lie in memory: written by several threads at once, and mapped by the runtime without another copy."""

import os
from errno import EFBIG, EMFILE, ENFILE, ENOMEM, ENOSPC
from types import TracebackType

from modelet.errors import OutOfMemory, Unavailable

_NO_ROOM = (EFBIG, ENOMEM, ENOSPC)
_NO_MORE_FILES = (EMFILE, ENFILE)


class MemoryFile:
    """A file without a name. Its `path` is good for opening until it is closed; what was mapped by then stays.

    Raises OutOfMemory, or Unavailable where too many files are open.
    """

    def __init__(self) -> None:
        # Elsewhere than on Linux there is no such file: one on disk does, whose name is taken away at once.
        create = getattr(os, "memfd_create", None) or _unnamed
        self._descriptor = -1
        try:
            self._descriptor = create("model")
        except OSError as error:
            if error.errno in _NO_MORE_FILES:
                raise Unavailable(
                    "This function has too many files open: send the request again in a moment."
                ) from None
            raise _named(error) from None
        self.path = f"{_DESCRIPTORS}/{self._descriptor}"

    def write(self, data: bytes, at: int) -> None:
        """Write at an offset, which may be beyond the end; raises OutOfMemory."""
        rest = memoryview(data)
        try:
            while rest:
                written = os.pwrite(self._descriptor, rest, at)
                rest, at = rest[written:], at + written
        except OSError as error:
            raise _named(error) from None

    def read(self, into: memoryview, at: int) -> int:
        """Read from an offset as much as there is room for; answers how many bytes there were."""
        return os.preadv(self._descriptor, [into], at)

    def close(self) -> None:
        """Give the memory back, as far as it is not mapped; closing again does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> "MemoryFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()  # of a read that nobody waited for


_DESCRIPTORS = "/proc/self/fd" if hasattr(os, "memfd_create") else "/dev/fd"


def _named(error: OSError) -> Exception:
    return OutOfMemory("A model does not fit the memory of this function.") if error.errno in _NO_ROOM else error


def _unnamed(prefix: str) -> int:
    from tempfile import mkstemp

    descriptor, path = mkstemp(prefix=prefix)
    os.unlink(path)  # noqa: PTH108 - as little as possible is imported here
    return descriptor
