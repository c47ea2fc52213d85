"""Imports the handlers of the stack, each when it is first needed, in the environment that the template gives them."""

import importlib
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import modelet
from modelet.local.template import Function
from modelet.store.signed import ADDRESS, SECRET

Handler = Callable[[Any, Any], Any]


def prepare_environment(root: Path, functions: Iterable[Function], store_url: str, address: str) -> str:
    """Set what handlers and the jobs that they start as child processes read: the store, the literal variables of the
    template where the user has not set them, and where to import `functions` and `modelet` from.

    A store in a folder learns that its objects are served at `address` to whoever has a URL signed with a new secret,
    which is answered.
    """
    for function in functions:
        for name, value in function.variables.items():
            os.environ.setdefault(name, value)
    secret = secrets.token_hex()
    os.environ |= {"MODELET_STORE": store_url, ADDRESS: address, SECRET: secret}
    paths = [str(root), str(Path(modelet.__file__).parents[1])]
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    os.environ["PYTHONPATH"] = os.pathsep.join([*paths, *(path for path in inherited if path and path not in paths)])
    sys.path.insert(0, str(root))
    return secret


class Handlers:
    """The handlers of the stack. Safe to share between threads."""

    def __init__(self) -> None:
        self._loaded: dict[str, Handler] = {}
        self._lock = threading.Lock()

    def load(self, function: Function) -> Handler:
        """The function's handler, imported first if need be; raises what importing raises."""
        loaded = self._loaded.get(function.handler)
        return self._import(function.handler) if loaded is None else loaded

    def _import(self, handler: str) -> Handler:
        with self._lock:
            if handler not in self._loaded:
                module, _, attribute = handler.rpartition(".")
                self._loaded[handler] = getattr(importlib.import_module(module), attribute)
            return self._loaded[handler]
