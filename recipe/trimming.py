"""What wheels carry that no function imports: it would be zipped, uploaded and unpacked for nothing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from recipe.stripping import strip

FOLDERS = {"tests", "bin"}
SUFFIXES = {".a", ".c", ".cc", ".cpp", ".h", ".hpp", ".md", ".proto", ".pxd", ".pyi", ".pyx", ".rst"}
NAMES = {"py.typed", ".lock", ".gitignore"}
READ_METADATA = {"METADATA", "entry_points.txt"}  # by importlib.metadata: versions, and opentelemetry's plugins


def trim(packages: Path, unshipped: Path) -> None:
    """Remove what is never imported: of every package, and what the layer's own list names.

    A pattern that matches nothing fails the build, for then a new version has moved what it was about.
    """
    for pattern in patterns(unshipped):
        found = list(packages.glob(pattern))
        if not found:
            raise SystemExit(f"recipe: {unshipped.parent.name}/{unshipped.name}: nothing matches {pattern!r} any more.")
        for path in found:
            _remove(path)
    for path in [path for path in packages.rglob("*") if is_surplus(path)]:
        _remove(path)
    for path in packages.rglob("*.so*"):
        strip(path)


def patterns(unshipped: Path) -> Iterator[str]:
    """The patterns of a layer's list: one a line, `#` starts a comment."""
    lines = unshipped.read_text(encoding="utf-8").splitlines() if unshipped.exists() else []
    yield from filter(None, (line.partition("#")[0].strip() for line in lines))


def is_surplus(path: Path) -> bool:
    """Whether a file or folder of a package is nothing that runs."""
    if path.is_dir():
        return path.name in FOLDERS or path.parent.suffix == ".dist-info"
    if path.parent.suffix == ".dist-info":
        return path.name not in READ_METADATA
    return path.suffix in SUFFIXES or path.name in NAMES


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
