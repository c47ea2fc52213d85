"""What an artifact is built for."""

import re
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Amazon Linux 2023, on which the runtime stands, has glibc 2.34: https://docs.aws.amazon.com/linux/al2023/ug/core-glibc.html
PLATFORMS = {"x86_64": "x86_64-manylinux_2_34", "arm64": "aarch64-manylinux_2_34"}
ELF_MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine in elf.h
HERE = {"aarch64": "arm64"}.get(machine := sysconfig.get_platform().rpartition("-")[2], machine)


@dataclass(frozen=True, slots=True)
class Target:
    """A Python version such as `3.13` and one of Lambda's architectures."""

    python: str
    architecture: str

    @property
    def tag(self) -> str:
        """What the name of a `.pyc` for this Python holds."""
        return "cpython-" + self.python.replace(".", "")


def runtime_python() -> str:
    """The Python version of the runtime that the template names."""
    found = re.search(
        r"^ +Runtime: python(\d+\.\d+)$", (ROOT / "template.yaml").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        raise SystemExit("recipe: template.yaml names no Python runtime.")
    return found[1]
