"""Clients of an HTTP service: so many connections, each with one request under way at any time, in their own process.

Plain sockets and epoll, for the clients must not be what is measured: `busy` says how much of the time they worked.
"""

import re
import select
import socket
import time
from collections.abc import Callable
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection:
    """One keep-alive connection and the answer that is arriving on it."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._arrived = b""
        self._expected = 0
        self.body = b""
        self.began = 0.0

    def ask(self) -> None:
        """Send the request once more."""
        self.began = time.perf_counter()
        self.socket.sendall(self._request)

    def arrive(self) -> bool:
        """Take what has arrived; whether it completes the answer. Fails for anything but a success."""
        data = self.socket.recv(1 << 20)
        self._arrived = self._arrived + data if self._arrived else data
        if not self._expected:
            self._expect(data)
        if len(self._arrived) < self._expected or not self._expected:
            return False
        self.body, self._arrived = self._arrived, b""
        self._expected = 0
        return True

    def _expect(self, data: bytes) -> None:
        head = self._arrived.find(b"\r\n\r\n")
        if head < 0 and data:
            return
        length = _LENGTH.search(self._arrived, 0, head + 2)
        if not self._arrived.startswith(b"HTTP/1.1 200") or length is None:
            raise SystemExit(f"benchmarks: the service answered {self._arrived[:500]!r}")
        self._expected = head + 4 + int(length[1])


def open_clients(url: str, body: str) -> Callable[..., dict[str, Any]]:
    """Clients that post a body to a URL; then the rate and the latencies of so many connections in so many seconds."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()

    def act(connections: int, seconds: float) -> dict[str, Any]:
        clients = [Connection(address, request) for _ in range(connections)]
        _drive(clients, min(0.2, seconds / 4))
        working, began = time.process_time(), time.perf_counter()
        latencies = _drive(clients, seconds)
        took = time.perf_counter() - began
        busy = (time.process_time() - working) / took
        for client in clients:
            client.socket.close()
        cut = quantiles(latencies, n=100) if len(latencies) > 1 else latencies * 99
        answer = clients[0].body.partition(b"\r\n\r\n")[2].decode()
        return {"rate": len(latencies) / took, "p50": cut[49], "p99": cut[98], "busy": busy, "answer": answer}

    return act


def _drive(clients: list[Connection], seconds: float) -> list[float]:
    # Whatever is under way when the time is over is waited for, so that the connections can be used again.
    latencies = []
    with select.epoll() as poll:
        for client in clients:
            poll.register(client.socket, select.EPOLLIN)
            client.ask()
        asked = {client.socket.fileno(): client for client in clients}
        end = time.perf_counter() + seconds
        while asked:
            for descriptor, _ in poll.poll():
                client = asked[descriptor]
                if not client.arrive():
                    continue
                now = time.perf_counter()
                latencies.append(now - client.began)
                if now < end:
                    client.ask()
                else:
                    del asked[descriptor]
    return latencies
