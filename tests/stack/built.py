"""What the recipe builds, for the Python that runs the tests and for the runtime's own where one is found."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from recipe import artifact, bytecode, wheels
from recipe.target import HERE, ROOT, Target, runtime_python

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"
TARGETS = [Target(version, HERE) for version in sorted({THIS, runtime_python()}) if bytecode.find(version)]
RUNTIME_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")


@dataclass(frozen=True, slots=True)
class Built:
    """A function with its layers as they lie in /var/task and /opt, and the runtime's own client beside them."""

    target: Target
    function: Path
    layers: tuple[Path, ...]
    runtime: Path

    @property
    def interpreter(self) -> str:
        """A Python of the target's version."""
        found = bytecode.find(self.target.python)
        assert found is not None
        return found

    @property
    def python_path(self) -> str:
        """The only places below the standard library that the function may import from."""
        return ":".join(map(str, [self.function, *(layer / "python" for layer in self.layers), self.runtime]))

    def run(self, code: str, **env: str) -> str:
        """What a process that has only the artifacts prints; fails for an error or a warning."""
        env = {"PYTHONPATH": self.python_path, "MODELET_STORE": "memory://", "ORT_DISABLE_TELEMETRY": "1", **env}
        command = [self.interpreter, "-S", "-W", "error", "-c", code]
        done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout.strip()

    @property
    def trees(self) -> tuple[Path, ...]:
        """What is deployed."""
        return (self.function, *self.layers)


def build(target: Target, function: str, layers: tuple[str, ...], into: Path) -> Built:
    """Build a function and its layers with the recipe that `sam build` runs."""
    built = Built(target, into / "task", tuple(into / layer for layer in layers), into / "runtime")
    artifact.build_function(function, target, built.function)
    for layer, folder in zip(layers, built.layers, strict=True):
        artifact.build_layer(layer, target, folder)
    wheels.install(_runtime_client(into / "runtime.txt"), target, built.runtime)
    return built


def _runtime_client(into: Path) -> Path:
    locked = re.split(r"\n(?=\S)", (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8"))
    into.write_text("\n".join(entry for entry in locked if entry.split("==")[0] in RUNTIME_CLIENT), encoding="utf-8")
    return into
