"""HTTP in front of a function under Lambda's emulator: the local gateway, whose only handler is that function."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from modelet.local.asgi import Application
from modelet.local.gateway import Gateway
from modelet.local.template import read_functions
from tests.local.samples import ROOT
from tests.stack.emulator import Function

HANDLER = "functions.infer.handler.handler"


@contextmanager
def fronted(function: Function) -> Iterator[str]:
    """The URL at which the routes of the data plane reach the function, one request at a time."""
    one_at_a_time = threading.Lock()

    def invoke(event: Any, context: Any) -> Any:
        with one_at_a_time:
            return function.invoke(event)

    functions = [held for held in read_functions(ROOT / "template.yaml") if held.handler == HANDLER]
    with socket.create_server(("127.0.0.1", 0)) as listener, _served(Gateway(functions, lambda _: invoke), listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _served(gateway: Gateway, listener: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(Application(gateway), lifespan="off", log_level="warning", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=asyncio.run, args=(server.serve([listener]),))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
