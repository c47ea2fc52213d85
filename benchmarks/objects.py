"""A minimal S3 server for reading: GET, HEAD and ranges of files, sent by the kernel.

moto copies the whole object for every range, so that it would measure itself: https://github.com/getmoto/moto reads
`key.value` whole. This one serves a folder, whose folders are buckets: `python -m benchmarks.objects FOLDER`.
"""

import re
import sys
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: "Server"

    def do_GET(self) -> None:
        """Answer an object, or a range of one."""
        path = self.server.folder / unquote(urlsplit(self.path).path).lstrip("/")
        if not path.is_file():
            self._refuse(404, "NoSuchKey")
            return
        with path.open("rb") as file:
            size, modified = path.stat().st_size, path.stat().st_mtime
            etag = f'"{size:x}-{int(modified * 1e6):x}"'
            if self.headers.get("If-None-Match") == etag:
                self._head(304, 0, {"ETag": etag})
                return
            asked = RANGE.fullmatch(self.headers.get("Range", ""))
            start, end = (int(asked[1]), int(asked[2] or size - 1)) if asked else (0, size - 1)
            if asked and start >= size:
                self._refuse(416, "InvalidRange")
                return
            end = min(end, size - 1)
            headers = {"ETag": etag, "Last-Modified": formatdate(modified, usegmt=True), "Accept-Ranges": "bytes"}
            if asked:
                headers["Content-Range"] = f"bytes {start}-{end}/{size}"
            self._head(206 if asked else 200, end - start + 1, headers)
            if self.command == "GET" and end >= start:
                self.connection.sendfile(file, start, end - start + 1)

    do_HEAD = do_GET  # noqa: N815 - names of http.server

    def _refuse(self, status: int, code: str) -> None:
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'.encode()
        self._head(status, len(body), {"Content-Type": "application/xml"})
        if self.command != "HEAD":
            self.wfile.write(body)
            self.wfile.flush()

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Serves a folder of buckets on a free port."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder


def main(folder: Path) -> None:
    """Print the address and serve until the process is ended."""
    with Server(folder) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
