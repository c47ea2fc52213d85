"""Which ONNX Runtime this is, before it is imported: a variant is chosen and fetched while that takes its time."""

import os
import sys
from collections.abc import Sequence

PACKAGE = "onnxruntime"
_METADATA = ".dist-info"


def installed_runtime(places: Sequence[str] | None = None) -> str | None:
    """The version that the package's own metadata gives, None where it has none.

    Not by importlib.metadata, which takes longer to import than a variant takes to fetch.
    """
    for place in sys.path if places is None else places:
        if os.path.isdir(os.path.join(place, PACKAGE)):  # noqa: PTH112, PTH118 - pathlib is not imported here
            return _version(os.listdir(place))  # noqa: PTH208
    return None


def _version(names: Sequence[str]) -> str | None:
    prefix = f"{PACKAGE}-"
    found = [name for name in names if name.startswith(prefix) and name.endswith(_METADATA)]
    return found[0][len(prefix) : -len(_METADATA)] if len(found) == 1 else None
