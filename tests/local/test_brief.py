"""Where handlers run: in a thread, or in the event loop's where the same was brief before."""

import asyncio
import threading
import time
from collections.abc import MutableMapping
from itertools import count
from math import inf
from typing import Any

import pytest

from modelet.local.asgi import Application
from modelet.local.brief import REMEMBERED, Brief
from modelet.local.gateway import Gateway
from modelet.local.request import Request
from modelet.local.template import Function

FUNCTION = Function("F", "f", ("ANY /a/{proxy+}",))
Message = MutableMapping[str, Any]


def where(application: Application, path: str, body: bytes) -> str:
    """The name of the thread that answered."""
    sent: list[Message] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "scheme": "http",
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    return str(sent[-1]["body"].decode())


def named(brief: Brief) -> Application:
    return Application(Gateway([FUNCTION], lambda _: lambda *_: threading.current_thread().name), brief=brief)


def test_what_was_brief_before_is_answered_by_the_loop() -> None:
    application = named(Brief(inf))

    threads = [where(application, "/a/b", b"short") for _ in range(3)]

    assert threads == ["handler", *[threading.current_thread().name] * 2]


def test_what_must_not_run_in_the_loop_is_answered_by_a_thread() -> None:
    application = named(Brief(inf, lambda request: request.path != "/a/b"))

    threads = [where(application, "/a/b", b"short") for _ in range(3)]

    assert threads == ["handler"] * 3


def test_what_was_not_brief_is_answered_by_a_thread() -> None:
    application = named(Brief(0))

    threads = [where(application, "/a/b", b"short") for _ in range(3)]

    assert threads == ["handler"] * 3


@pytest.mark.parametrize(("path", "body"), [("/a/c", b"short"), ("/a/b", b"much longer")])
def test_another_path_or_another_order_of_size_is_nothing_that_was_brief_before(path: str, body: bytes) -> None:
    application = named(Brief(inf))
    where(application, "/a/b", b"short")

    assert where(application, path, body) == "handler"


def test_what_was_brief_and_took_long_then_is_not_expected_to_be_brief() -> None:
    brief, request = Brief(5), Request("POST", "/a/b")
    brief.timed(lambda _: None, request)
    clock = count(0, 10)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "perf_counter", lambda: next(clock))
        brief.timed(lambda _: None, request)

    assert not brief.expects(request)


@pytest.mark.parametrize("header", ["prefer", "idempotency-key"])
def test_a_prediction_that_may_not_have_been_made_says_nothing_of_the_next(header: str) -> None:
    brief, request = Brief(inf), Request("POST", "/a/b")

    brief.timed(lambda _: None, Request("POST", "/a/b", headers=(("accept", "*/*"), (header, "x"))))

    assert not brief.expects(request)


def test_a_failure_is_timed_too() -> None:
    brief, request = Brief(inf), Request("POST", "/a/b")

    with pytest.raises(ZeroDivisionError):
        brief.timed(lambda _: 1 // 0, request)

    assert brief.expects(request)


def test_only_so_many_paths_are_remembered() -> None:
    brief = Brief(inf)

    for number in range(REMEMBERED + 1):
        brief.timed(lambda _: None, Request("POST", f"/a/{number}"))

    assert [brief.expects(Request("POST", f"/a/{number}")) for number in (0, REMEMBERED)] == [False, True]
