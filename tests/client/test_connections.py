"""Connections: one that the service has closed is replaced, each is given back, and no caller goes without."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Semaphore
from typing import Any

import pytest

from modelet.client import AsyncClient, Client, Retries
from modelet.client.connection import CONNECTIONS, timeouts
from modelet.errors import Unavailable
from tests.client.asking import X, at_once
from tests.client.raw import ANSWER, Asked, Closing, http, serving

MANY = 40
STEPS = 60
"""Of the event loop, more than a request takes."""
MOST = CONNECTIONS.max_connections or 0


class Thrift(Retries):
    """Retries that tell what was taken from their budget."""

    def __init__(self) -> None:
        super().__init__(4, lambda: 0.0)
        self.pauses = 0

    def pause(self, attempt: int, asked: str | None = None) -> float | None:
        self.pauses += 1
        return super().pause(attempt, asked)


def once_each(asked: Asked) -> bytes | None:
    """One answer for each connection: the next request on it finds a service that goes."""
    return http(200, ANSWER) if asked.nth == 1 else None


def count(arrived: Semaphore) -> None:
    """Wait until there is a request on each connection that there may be."""
    for _ in range(MOST):
        assert arrived.acquire(timeout=30)


def blocking(url: str, retries: Retries, times: int) -> list[int]:
    with Client(url, retries=retries) as client:
        return [client.predict("m", {"x": X}).version for _ in range(times)]


def awaited(url: str, retries: Retries, times: int) -> list[int]:
    async def ask() -> list[int]:
        async with AsyncClient(url, retries=retries) as client:
            return [(await client.predict("m", {"x": X})).version for _ in range(times)]

    return asyncio.run(ask())


both = pytest.mark.parametrize("ask", [blocking, awaited])
AskOften = Callable[[str, Retries, int], list[int]]


@both
def test_a_connection_that_is_closed_when_it_is_used_again_is_no_failure(ask: AskOften) -> None:
    retries = Thrift()

    with serving(once_each) as service:
        assert ask(service.url, retries, 5) == [7] * 5

    assert retries.pauses == 0
    assert service.connections > 5


@both
def test_a_connection_that_is_closed_behind_an_answer_is_no_failure(ask: AskOften) -> None:
    retries = Thrift()

    with serving(lambda _: Closing(http(200, ANSWER))) as service:
        assert ask(service.url, retries, 5) == [7] * 5

    assert retries.pauses == 0


@both
def test_a_new_connection_that_is_closed_without_a_word_is_one(ask: AskOften) -> None:
    retries = Thrift()

    with serving(lambda _: None) as service, pytest.raises(Unavailable, match="cannot be reached"):
        ask(service.url, retries, 1)

    assert retries.pauses == 4
    assert len([asked for asked in service.seen if asked.method == "POST"]) == 5, "the first was on a used connection"


@both
def test_an_answer_that_breaks_off_is_one(ask: AskOften) -> None:
    retries = Thrift()

    half = Closing(http(200, b"{", content_length="5000"))

    with serving(lambda _: half) as service, pytest.raises(Unavailable, match="cannot be reached"):
        ask(service.url, retries, 1)

    assert retries.pauses == 4
    assert len([asked for asked in service.seen if asked.method == "POST"]) == 4


def test_readiness_is_asked_on_another_connection() -> None:
    with serving(once_each) as service, Client(service.url) as client:
        assert [client.ready() for _ in range(3)] == [True] * 3


def test_threads_share_a_client() -> None:
    begun, pool = Barrier(MANY), ThreadPoolExecutor(MANY)

    def together(_: Asked) -> bytes:
        begun.wait(30)
        return http(200, ANSWER)

    with serving(together) as service, Client(service.url, retries=at_once(1)) as client, pool as threads:
        answers = list(threads.map(lambda _: client.predict("m", {"x": X}).version, range(MANY * 3)))

    assert answers == [7] * MANY * 3
    assert service.connections == MANY, "a connection that was given back is used again"


def test_more_tasks_than_connections_all_get_one() -> None:
    arrived, open_door = Semaphore(0), Event()

    def when_open(_: Asked) -> bytes:
        arrived.release()
        open_door.wait(30)
        return http(200, ANSWER)

    async def ask() -> list[int]:
        async with AsyncClient(service.url, timeout=5.0, retries=at_once(1)) as client:
            await client.metadata("m")
            asked = [asyncio.create_task(client.predict("m", {"x": X})) for _ in range(2 * MOST + 1)]
            await asyncio.to_thread(count, arrived)
            open_door.set()
            return [answer.version for answer in await asyncio.gather(*asked)]

    with serving(when_open) as service:
        assert asyncio.run(ask()) == [7] * (2 * MOST + 1)
    assert service.connections <= MOST
    assert timeouts(5.0).pool is None, "waiting for the others is no failure, however long they take"


def test_tasks_that_are_cancelled_give_their_connections_back() -> None:
    arrived, over = Semaphore(0), Event()

    def never_at_first(_: Asked) -> bytes:
        arrived.release()
        over.wait(30)
        return http(200, ANSWER)

    async def ask() -> list[int]:
        async with AsyncClient(service.url, timeout=10.0, retries=at_once(1)) as client:
            await client.metadata("m")
            for _ in range(2):
                given_up = [asyncio.create_task(client.predict("m", {"x": X})) for _ in range(MOST + 20)]
                await asyncio.to_thread(count, arrived)
                for task in given_up:
                    task.cancel()
                await asyncio.gather(*given_up, return_exceptions=True)
            over.set()
            answers = await asyncio.gather(*(client.predict("m", {"x": X}) for _ in range(MOST)))
            return [answer.version for answer in answers]

    with serving(never_at_first) as service:
        assert asyncio.run(ask()) == [7] * MOST


def test_a_task_that_is_cancelled_at_whatever_step_loses_no_connection() -> None:
    async def ask() -> str:
        async with AsyncClient(service.url, retries=at_once(1)) as client:
            for step in range(STEPS):
                await client.metadata("m")
                # Two, so that one of them needs a new connection.
                given_up = [asyncio.create_task(client.predict("m", {"x": X})) for _ in range(2)]
                for _ in range(step):
                    await asyncio.sleep(0)
                for task in given_up:
                    task.cancel()
                await asyncio.gather(*given_up, return_exceptions=True)
                await asyncio.gather(*client._given_up, return_exceptions=True)
            pool: Any = client._http._transport
            return repr(pool._pool)

    with serving(lambda _: Closing(http(200, ANSWER))) as service:
        assert "Requests: 0 active, 0 queued | Connections: 0 active" in asyncio.run(ask())
