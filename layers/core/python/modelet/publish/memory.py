"""The memory of this process: what it holds, what it held at most, and how much more it may take.

Linux measures and limits all of it; elsewhere there is no limit, and the largest value stands for the present one.
"""

import ctypes
import resource
import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")
_STATUS = Path("/proc/self/status")
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


def resident() -> int:
    """The bytes of physical memory that this process holds now."""
    return _statm(1) if _STATM.exists() else peak()


def anonymous() -> int:
    """The bytes of physical memory that this process holds now beside the files that it has mapped."""
    return _status("RssAnon") if _STATUS.exists() else peak()


def give_back() -> None:
    """Return what was freed to the system, where the C library can: so that what is loaded next finds no memory laid
    ready, as in a new process.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def peak() -> int:
    """The most bytes of physical memory that this process ever held."""
    if _STATUS.exists():
        # ru_maxrss begins with what the parent held: https://man7.org/linux/man-pages/man2/getrusage.2.html
        return _status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT


def limit(size: int) -> None:
    """Let this process map no more than `size` bytes beyond what it has mapped already; a core dump is never left."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _STATM.exists():
        total = _statm(0) + size
        resource.setrlimit(resource.RLIMIT_AS, (total, total))


def _status(field: str) -> int:
    return int(_STATUS.read_text().partition(f"{field}:")[2].split()[0]) * 1024


def _statm(field: int) -> int:
    return int(_STATM.read_text().split()[field]) * resource.getpagesize()
