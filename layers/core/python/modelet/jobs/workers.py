"""Who works on a job: a process that can be told from every other one, and known to be gone by whoever shares its
machine, long before its lease runs out.
"""

import os
import socket
from functools import cache
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def this_worker() -> str:
    """The name of this process: its machine, the boot of that, its number, and when it was started; empty where the
    machine does not tell.
    """
    return _named(os.getpid())


def is_gone(worker: str) -> bool:
    """Whether a worker was a process of this machine, and is no more."""
    machine, _, process = worker.rpartition("/")
    pid = process.partition("@")[0]
    return bool(machine) and machine == _machine() and pid.isdigit() and _named(int(pid)) != worker


def _named(pid: int) -> str:
    machine, started = _machine(), _started(pid)
    return f"{machine}/{pid}@{started}" if machine and started else ""


@cache
def _machine() -> str:
    try:
        return f"{socket.gethostname()}/{_BOOT.read_text().strip()}"
    except OSError:
        return ""


def _started(pid: int) -> str:
    # The name in parentheses may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state in "ZX" else rest[18]
