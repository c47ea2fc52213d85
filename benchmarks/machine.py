"""What figures were measured on."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from os import sched_getaffinity
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("onnxruntime", "numpy", "obstore", "orjson", "fastapi", "mangum", "boto3", "uvicorn")


def describe() -> dict[str, str | int]:
    """The machine, the versions and the moment."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processor": _processor(),
        "cores": len(sched_getaffinity(0)),
        "memory_gb": _memory(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    total = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    return round(int(total) / 1024 / 1024)


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
