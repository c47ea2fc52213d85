"""A server that sends any bytes for an answer, and closes its connections when a test likes."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import NamedTuple

SIGNATURE = {"name": "m", "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}]}
ANSWER = {
    "model_name": "m",
    "model_version": "7",
    "outputs": [{"name": "y", "datatype": "FP32", "shape": [2], "data": [1, 2.5]}],
}


class Asked(NamedTuple):
    """A request: which of its connection it is, counted from 1, and of which connection."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    nth: int
    connection: int


Answer = Callable[[Asked], bytes | None]
"""The bytes to send; None closes the connection instead. `CLOSING` bytes are sent, and then it is closed."""


class Closing(bytes):
    """An answer after which the connection is closed, though nothing in it says so."""


def http(status: int, body: object = b"", **headers: str) -> bytes:
    """An answer as it goes over the wire."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {"content-length": str(len(content)), **{name.replace("_", "-"): text for name, text in headers.items()}}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {text}" for name, text in said.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Service:
    """Where requests arrive: it describes a model, and answers everything else as `infer` says."""

    def __init__(self, infer: Answer) -> None:
        self.signature: object = SIGNATURE
        self._infer = infer
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.seen: list[Asked] = []
        self.connections = 0

    def accept(self) -> None:
        """Serve each connection in a thread of its own until this is closed."""
        try:
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                Thread(target=self._serve, args=(connection, self.connections), daemon=True).start()
        except OSError:
            return

    def close(self) -> None:
        """Take no more connections."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _answer(self, asked: Asked) -> bytes | None:
        return http(200, self.signature) if asked.path == "/v2/models/m" else self._infer(asked)

    def _serve(self, connection: socket.socket, number: int) -> None:
        nth = 0
        with suppress(ConnectionError), connection, connection.makefile("rb") as lines:
            while begun := lines.readline():
                nth += 1
                method, path, _ = begun.decode().split()
                headers = {}
                while line := lines.readline().strip():
                    name, _, text = line.decode().partition(":")
                    headers[name.lower()] = text.strip()
                body = lines.read(int(headers.get("content-length", 0)))
                asked = Asked(method, path, headers, body, nth, number)
                self.seen.append(asked)
                answer = self._answer(asked)
                connection.sendall(answer or b"")
                if answer is None or isinstance(answer, Closing):
                    return


@contextmanager
def serving(infer: Answer) -> Iterator[Service]:
    """A service on a port of 127.0.0.1, until it is left."""
    service = Service(infer)
    accepting = Thread(target=service.accept, daemon=True)
    accepting.start()
    try:
        yield service
    finally:
        service.close()
        accepting.join()
