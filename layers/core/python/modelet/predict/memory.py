"""The memory of this process: what of the function's is left, what a load takes of it, and giving it back.

What a session maps lies in a file in memory, and is resident only once a run has touched it: it counts from the start.
"""

import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from modelet.cache import Full
from modelet.config import MIB
from modelet.errors import ModeletError, OutOfMemory, Unavailable
from modelet.manifest import Artifact, Variant

T = TypeVar("T")

CANONICAL = 2.5
"""Resident bytes of a session per byte of its canonical artifact, where publishing has not measured it: weights, their
packed copy, arena.
"""
MAPPED = 1.25
"""The same of a variant, to which repacking adds another copy."""

EACH = 256 * 1024
"""What a session takes besides, with its first run: its graph, its kernels, and what they work in."""

MMAP_THRESHOLD = 8 * 1024 * 1024
"""What is larger than this, and so than any request, glibc shall get from the system and give back at once. Left to
itself it learns to keep what was freed: in the heaps of threads, in which models are loaded, that is out of
malloc_trim's reach.
https://man7.org/linux/man-pages/man3/mallopt.3.html
"""

TRIM_THRESHOLD = 8 * 1024 * 1024
"""What is free at the end of a heap, glibc shall keep up to this. Otherwise, now that it learns nothing, it gives back
what a piece of a range was read into, or a large body, and each one has its pages made anew: 100 MB took 14,000 page
faults more, and 4 MB of binary tensors a third of their time.
"""

ARENAS = 2
"""Heaps that glibc shall make at most. Otherwise each thread that reads a range has its own, and keeps what it read
into: of 100 MB a tenth more.
"""

_M_ARENA_MAX = -8
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_PAGES = "/proc/self/statm"


class ProcessMemory:
    """The memory that a function has, `limit` bytes, or 0 where nobody says how much."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        _glibc("mallopt", _M_ARENA_MAX, ARENAS)
        _glibc("mallopt", _M_MMAP_THRESHOLD, MMAP_THRESHOLD)
        _glibc("mallopt", _M_TRIM_THRESHOLD, TRIM_THRESHOLD)

    def spare(self) -> float:
        """Bytes that are not resident yet."""
        return self._limit - resident_bytes() if self._limit else float("inf")

    def give_back(self) -> None:
        """Return the pages that freed sessions have left."""
        give_back()


class Growth:
    """What loads add to the private memory of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = self._running = 0

    def of(self, load: Callable[[], T]) -> tuple[T, int | None]:
        """What a load answers, and the bytes that it added; None where another one ran beside it, for nobody can tell
        whose they are.
        """
        with self._lock:
            self._begun += 1
            self._running += 1
            mine, alone = self._begun, self._running == 1
        before = private_bytes()
        try:
            value = load()
            grown = max(0, private_bytes() - before)
        finally:
            with self._lock:
                self._running -= 1
                alone = alone and mine == self._begun
        return value, grown if alone else None


def forecast(artifact: Artifact, variant: Variant | None, limits: Mapping[str, Any]) -> float:
    """The resident bytes of a session before it is loaded: as publishing has measured, else by the size."""
    if variant is None:
        return EACH + (limits.get("resident_bytes") or artifact.size * CANONICAL)
    measured = limits.get(f"{variant.profile}_resident_bytes")
    return EACH + (measured or variant.blob.size * (MAPPED + variant.prepacking))


def weight(artifact: Artifact, variant: Variant | None, limits: Mapping[str, Any], grown: int | None) -> float:
    """The resident bytes of a session whose load added `grown` private ones, or nobody knows how many."""
    if grown is None:
        return forecast(artifact, variant, limits)
    if variant is None:
        # A load that finds room in the heap grows little, but takes no less than it takes elsewhere.
        return EACH + max(grown, limits.get("resident_bytes") or artifact.size)
    return EACH + variant.blob.size + grown


def does_not_fit(title: str, budget: float, full: Full) -> ModeletError:
    """What to raise where a version does not fit `budget` bytes beside what is there: Unavailable where that may pass,
    else OutOfMemory.
    """
    limit, need, room = (f"{size / MIB:.0f} MB" for size in (budget, full.need, full.room))
    what = f"{title} needs about {need} of memory"
    if full.passing:
        return Unavailable(f"{what}, which models in use take now: send the request again in a moment.")
    return OutOfMemory(
        f"{what}, but only {room} of this function's can be had, of {limit} for models in all: raise "
        "MODELET_CACHE_MB, and the function's memory with it."
    )


def give_back() -> None:
    """Return the pages of freed memory: glibc keeps them for itself, which ends in being killed."""
    _glibc("malloc_trim", 0)


def _glibc(name: str, *arguments: int) -> None:
    import ctypes  # which numpy imports anyway

    function = getattr(ctypes.CDLL(None), name, None)
    if function:  # other C libraries have none
        function(*arguments)


def resident_bytes() -> int:
    """All memory of this process; 0 where the system does not tell."""
    return _pages()[0]


def private_bytes() -> int:
    """The part of it that is not of a file; 0 where the system does not tell."""
    resident, shared = _pages()
    return resident - shared


def _pages() -> tuple[int, int]:
    try:
        with open(_PAGES, "rb") as file:  # noqa: PTH123 - pathlib is not imported here
            _, resident, shared, *_ = map(int, file.read().split())
    except OSError:
        return 0, 0
    page = os.sysconf("SC_PAGE_SIZE")
    return resident * page, shared * page
