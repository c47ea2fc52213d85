"""The HTTP request as it came over the wire, before anything is decoded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request: `path` and `query` are still percent-encoded, `headers` keep their order and their duplicates.

    `received` is in seconds since the epoch; `port` is the one that the service listens on.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    client: str = "127.0.0.1"
    scheme: str = "http"
    port: int = 80
    protocol: str = "HTTP/1.1"
    received: float = 0.0
