"""Operators that are not the runtime's own: those of onnxruntime-extensions, for models whose tokenizer is part of
their graph. Imported only for such a model.

Its library is loaded as it is: importing its package would import much more, and would let Python code be an operator.
"""

import os
import sys
from collections.abc import Collection, Sequence

import onnxruntime

from modelet.manifest.document import EXTENSIONS

PACKAGE = "onnxruntime_extensions"
_LIBRARY = "_extensions_pydll."


class NoExtensionsError(Exception):
    """Raised where the library is not installed."""


def register(options: onnxruntime.SessionOptions) -> None:
    """Let sessions with these options know the operators; raises NoExtensionsError."""
    path = library()
    if path is None:
        raise NoExtensionsError(
            "it has a tokenizer of onnxruntime-extensions, which is not installed here: install modelet[text], or add "
            "the text layer to the function."
        )
    options.register_custom_ops_library(path)


def register_for(domains: Collection[str], options: onnxruntime.SessionOptions) -> None:
    """Let sessions with these options know the operators where a model has some, by the domains of its operators."""
    if EXTENSIONS in domains:
        register(options)


def library(places: Sequence[str] | None = None) -> str | None:
    """The path of the library, None where it is not installed."""
    for place in sys.path if places is None else places:
        folder = os.path.join(place, PACKAGE)  # noqa: PTH118 - pathlib is not imported here
        if os.path.isdir(folder):  # noqa: PTH112
            names = os.listdir(folder)  # noqa: PTH208
            found = [name for name in names if name.startswith(_LIBRARY) and name.endswith((".so", ".pyd"))]
            if found:
                return os.path.join(folder, found[0])  # noqa: PTH118
    return None
