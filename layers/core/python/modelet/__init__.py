"""The library under every function, job and command.

Importing it imports nothing else: a cold start pays only for the modules that it names. `modelet.Client` is imported
when somebody looks for it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelet.client import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module("modelet.client"), name)
    raise AttributeError(f"module 'modelet' has no attribute {name!r}")
