"""Serves the stack in this process until it is told to stop."""

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from modelet.errors import InvalidSetting
from modelet.local.asgi import Application
from modelet.local.brief import Brief
from modelet.local.gateway import Gateway
from modelet.local.handlers import Handlers, prepare_environment
from modelet.local.presigned import Presigned
from modelet.local.root import project_root
from modelet.local.template import read_functions
from modelet.store import open_store

CONTROL_PLANE = "functions.api.handler.handler"
DATA_PLANE = "functions.infer.handler.handler"
BACKLOG = 2048
MAX_PORT = 65535
SHUTDOWN_SECONDS = 5


def serve(
    store_url: str,
    host: str,
    port: int,
    ready: Callable[[str], None] | None = None,
    answered: Callable[[str], None] | None = None,
) -> None:
    """Answer HTTP on `host` and `port` (0 takes a free one) until Ctrl-C or SIGTERM, then return.

    `ready` is called with the URL once requests are accepted, `answered` with a line on each answer. Runs in the main
    thread, once per process, whose environment becomes that of the handlers: they read it when they are imported.
    Raises InvalidSetting where the port cannot be had, and whatever importing the data plane raises.
    """
    with listening(host, port) as listener:
        root = project_root()
        functions = read_functions(root / "template.yaml")
        secret = prepare_environment(root, functions, store_url, _url(listener))
        handlers = Handlers()
        for function in functions:
            if function.handler == DATA_PLANE:
                handlers.load(function)
        gateway = Gateway(functions, handlers.load, Presigned(open_store(store_url), secret))
        # The control plane runs an event loop of its own, which it cannot within another one.
        brief = Brief(allows=lambda request: gateway.handler_of(request) != CONTROL_PLANE)
        _run(Application(gateway, answered, brief), listener, ready or (lambda _: None))


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens on `host` and `port`; raises InvalidSetting saying why that cannot be."""
    if not 0 <= port <= MAX_PORT:
        raise InvalidSetting(f"Port {port} is none: ports are 0 to {MAX_PORT}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InvalidSetting(
                f"Port {port} of {host} is in use: stop what listens there, or choose another port (0 for a free one)."
            ) from None
        raise InvalidSetting(f"Cannot listen on port {port} of {host}: {error.strerror or error}.") from None
    with listener:
        yield listener


def _run(application: Application, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Answer what comes in on `listener` until a signal ends it. In the main thread only."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready(_url(listener))

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            super().handle_exit(sig, frame)
            if application.answers_itself:  # what was expected to be brief; the loop would not hear of the signal
                raise KeyboardInterrupt

    server = Server(
        uvicorn.Config(
            application,
            access_log=False,
            lifespan="off",
            log_level="warning",
            proxy_headers=False,  # who forwarded a request is for the event to say
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            ws="none",
        )
    )
    with _stopped_by_signals(server.handle_exit):
        server.run([listener])


@contextmanager
def _stopped_by_signals(stop: Callable[..., None]) -> Iterator[None]:
    # The server raises the signal that stopped it once more when it is done; with its own handler around it, that ends
    # nothing.
    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a wildcard is no place to go to
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
