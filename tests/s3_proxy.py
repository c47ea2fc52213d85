"""A proxy before an S3 server that misbehaves by a script, with the very answers that S3 gives and emulators never do.

Error responses: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

MESSAGES = {
    "ConditionalRequestConflict": "The conditional request cannot succeed due to a conflicting operation against this "
    "resource.",
    "PreconditionFailed": "At least one of the pre-conditions you specified did not hold",
    "InternalError": "We encountered an internal error. Please try again.",
    "SlowDown": "Please reduce your request rate.",
    "AccessDenied": "Access Denied",
    "InvalidAccessKeyId": "The AWS Access Key Id you provided does not exist in our records.",
    "PermanentRedirect": "The bucket you are attempting to access must be addressed using the specified endpoint.",
}


@dataclass(frozen=True)
class Fault:
    """One answer that is not the server's; `took_effect` says that the server has done what was asked all the same."""

    status: int
    code: str
    took_effect: bool = False
    method: str = "PUT"
    path: str = ""

    def body(self) -> bytes:
        """The XML that S3 sends."""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{self.code}</Code>'
            f"<Message>{MESSAGES[self.code]}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>"
        ).encode()


CONFLICT = Fault(409, "ConditionalRequestConflict")
FAILED = Fault(412, "PreconditionFailed")
BROKEN = Fault(500, "InternalError")
BROKEN_AFTERWARDS = Fault(500, "InternalError", took_effect=True)


@dataclass(frozen=True)
class Seen:
    """One request that reached the proxy."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Proxy:
    """What the proxy still has to spoil, and what it has seen."""

    url: str
    script: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def spoils(self, request: Seen) -> Fault | None:
        """The first fault of the script that is meant for this request; each is used once."""
        with self.lock:
            self.seen.append(request)
            for index, fault in enumerate(self.script):
                if fault.method == request.method and fault.path in request.path:
                    return self.script.pop(index)
        return None

    def writes(self, path: str) -> int:
        """How many PUTs were sent for this path."""
        return sum(request.method == "PUT" and path in request.path for request in self.seen)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "_Server"

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.proxy.spoils(Seen(self.command, self.path, dict(self.headers)))
        if fault is not None and not fault.took_effect:
            self._answer(fault.status, {"Content-Type": "application/xml"}, fault.body())
            return
        connection = HTTPConnection(self.server.upstream)
        connection.request(self.command, self.path, body, dict(self.headers))
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if fault is not None:
            self._answer(fault.status, {"Content-Type": "application/xml"}, fault.body())
        else:
            self._answer(response.status, dict(response.getheaders()), answer)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        for name, value in headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.proxy = Proxy(f"http://127.0.0.1:{self.server_port}")


@contextmanager
def faulty_proxy(upstream: str) -> Iterator[Proxy]:
    """Run a proxy before the server at `upstream`."""
    with _Server(upstream) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.proxy
        finally:
            server.shutdown()
            thread.join()
