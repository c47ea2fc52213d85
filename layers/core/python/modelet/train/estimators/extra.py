"""Libraries that not every installation has."""

from importlib import import_module
from typing import Any

from modelet.errors import InvalidJob


def require(library: str, extra: str) -> Any:
    """A library that an extra of the package brings along; raises InvalidJob, naming the extra, where it is missing."""
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        raise InvalidJob(
            f"Estimator {library!r} needs {error.name or library}, which is not installed: install modelet[{extra}]."
        ) from None
