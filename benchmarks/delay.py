"""A proxy that adds the same time to every request: localhost hides round trips, S3 answers after tens of milliseconds.

`python -m benchmarks.delay UPSTREAM SECONDS`
"""

import sys
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

UNSAID = {"content-length", "transfer-encoding", "connection", "server", "date"}


class Handler(BaseHTTPRequestHandler):
    """Answers one connection over one connection of its own."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Server"

    def setup(self) -> None:
        """Accept the connection."""
        super().setup()
        self.upstream = HTTPConnection(self.server.upstream)

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(self.server.seconds)
        self.upstream.request(self.command, self.path, body, dict(self.headers))
        response = self.upstream.getresponse()
        answer = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in UNSAID:
                self.send_header(name, value)
        length = response.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(answer))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(answer)
        self.wfile.flush()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Passes on what comes in on a free port."""

    daemon_threads = True

    def __init__(self, upstream: str, seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.upstream = urlsplit(upstream).netloc
        self.seconds = seconds


def main(upstream: str, seconds: float) -> None:
    """Print the address and pass on until the process is ended."""
    with Server(upstream, seconds) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
