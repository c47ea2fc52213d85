"""The memory of a process, as Lambda counts it: pages that it holds, once, whether or not they are mapped."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EVERY = 0.005
_FIELD = re.compile(r"^(RssAnon|RssFile|Pss_Shmem):\s+(\d+) kB$", re.MULTILINE)


def resident(pid: int) -> int:
    """The bytes that a process holds.

    A file in memory (`memfd_create`) counts by the pages that it has: VmHWM leaves them out until they are mapped, and
    counts them twice where they are mapped twice.
    """
    process = Path(f"/proc/{pid}")
    held = dict(_FIELD.findall((process / "status").read_text(encoding="utf-8")))
    held |= dict(_FIELD.findall((process / "smaps_rollup").read_text(encoding="utf-8")))
    anonymous, files, shared = (int(held[name]) * 1024 for name in ("RssAnon", "RssFile", "Pss_Shmem"))
    return anonymous + files + max(shared, _files_in_memory(process))


def _files_in_memory(process: Path) -> int:
    found: dict[int, int] = {}
    for link in (process / "fd").iterdir():
        with suppress(OSError):
            if str(link.readlink()).startswith("/memfd:"):
                held = link.stat()
                found[held.st_ino] = held.st_blocks * 512
    return sum(found.values())


def touch(count: int) -> None:
    """Use so many bytes in a process that ends: the pages of a virtual machine that it never used before are slow."""
    code = "import sys; bytearray(b'1') * int(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(count)], check=True)


class Peak:
    """The most that was seen."""

    bytes = 0


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Look at a process all the time; what is timed meanwhile is slower."""
    peak, ended = Peak(), threading.Event()

    def look() -> None:
        while not ended.wait(EVERY):
            with suppress(OSError):
                peak.bytes = max(peak.bytes, resident(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()
        with suppress(OSError):
            peak.bytes = max(peak.bytes, resident(pid))
