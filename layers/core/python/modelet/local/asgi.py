"""The gateway as an ASGI application: requests are read by the event loop; handlers run in threads, or where they are
expected to be brief in the loop.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from modelet.local.answer import Response, gateway_message
from modelet.local.brief import Brief
from modelet.local.gateway import Gateway
from modelet.local.request import Request
from modelet.local.workers import Workers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CONCURRENCY = 64
BODILESS = {204, 304}  # https://www.rfc-editor.org/rfc/rfc9110.html#section-8.6


class _Gone(Exception):
    """The caller left before the whole request was there: what came of it is no request."""


class Application:
    """An ASGI 3 application for HTTP; up to `CONCURRENCY` handlers run at once. `answered` is told a line on each.

    `brief` knows which requests the loop answers itself.
    """

    def __init__(
        self, gateway: Gateway, answered: Callable[[str], None] | None = None, brief: Brief | None = None
    ) -> None:
        self._gateway = gateway
        self._answered = answered
        self._brief = brief or Brief()
        self._workers = Workers(CONCURRENCY)
        self.answers_itself = False
        """Whether the loop's own thread is in a handler now, and hears of nothing else."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"The local service speaks HTTP only, not {scope['type']}.")
        started = time.perf_counter()
        try:
            limit = self._limit(scope)
            body = await _read(scope, receive, limit)
        except _Gone:
            return
        if body is None:
            response = gateway_message(413, f"Request Entity Too Large: the limit is {limit} bytes.")
        else:
            response = await self._answer(_request(scope, body))
        await _write(send, response, scope["method"] == "HEAD")
        if self._answered:
            self._answered(_line(scope, response, time.perf_counter() - started))

    def _limit(self, scope: Message) -> int:
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        return self._gateway.largest_body(scope["method"], path, query)

    async def _answer(self, request: Request) -> Response:
        if self._brief.expects(request):
            self.answers_itself = True
            try:
                return self._timed(request)
            except KeyboardInterrupt:
                return gateway_message(503, "Service Unavailable")  # the service ends
            finally:
                self.answers_itself = False
        try:
            return await self._workers.run(self._timed, request)
        except asyncio.CancelledError:
            return gateway_message(503, "Service Unavailable")  # the service ends, and its handler has not

    def _timed(self, request: Request) -> Response:
        return self._brief.timed(self._gateway.answer, request)


async def _read(scope: Message, receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None as soon as it is known to be too large; raises _Gone where it was cut off."""
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if declared.isdigit() and int(declared) > limit:
        return None
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunk = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            return None
        more = message.get("more_body", False)
    return b"".join(chunks)


def _request(scope: Message, body: bytes) -> Request:
    return Request(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
        client=(scope.get("client") or ("127.0.0.1",))[0],
        scheme=scope["scheme"],
        port=(scope.get("server") or ("", 80))[1],
        protocol=f"HTTP/{scope['http_version']}",
        received=time.time(),
    )


def _line(scope: Message, response: Response, seconds: float) -> str:
    headers = dict(response.headers)
    model, version = headers.get("x-modelet-model"), headers.get("x-modelet-version")
    who = f" {model}@{version}" if model else ""
    return f"{scope['method']} {scope['path']} {response.status}{who} {seconds * 1000:.1f} ms"


async def _write(send: Send, response: Response, to_head: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    body = response.body
    if response.status in BODILESS:
        body = b""
    elif body or not to_head:  # to HEAD an empty body says nothing of the length that GET would answer
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
