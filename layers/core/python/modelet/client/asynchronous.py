"""The client for asyncio: what `Client` does, awaited."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx

from modelet.client.abandoning import AsyncAttempt
from modelet.client.connection import CONNECTIONS, FAILURES, timeouts
from modelet.client.conversation import MOST_BYTES, Conversation, Prediction, check_url, is_ready, wish_for
from modelet.client.retrying import Retries
from modelet.client.talk import Pause, Send, Talk

Result = TypeVar("Result")


class AsyncClient:
    """A connection to one service for the tasks of one event loop. Close it, or use it as a context manager.

    `timeout` is in seconds, for each request. `auth` is a `Bearer` token, `Iam`, or any of httpx's. `retries` says what
    is tried again. A request of more than `most_bytes` is sent as references to tensors that are uploaded before.
    Raises InvalidRequest for a URL that is not one of a service.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 60.0,
        *,
        auth: httpx.Auth | None = None,
        retries: Retries | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._talks = Conversation(check_url(url), retries or Retries(), most_bytes)
        self._http = httpx.AsyncClient(base_url=url, timeout=timeouts(timeout), limits=CONNECTIONS)
        self._auth = auth
        self._given_up: set[asyncio.Task[httpx.Response | None]] = set()

    async def predict(  # noqa: PLR0913 - most callers leave all but two of them alone
        self,
        model: str,
        inputs: Mapping[str, Any],
        version: int | str | None = None,
        *,
        outputs: Sequence[str] = (),
        routing_key: str | None = None,
        idempotency_key: str | None = None,
        patient: bool = False,
        binary: bool = True,
    ) -> Prediction:
        """Ask a model as `Client.predict` does."""
        wish = wish_for(version, outputs, routing_key, idempotency_key, patient, binary)
        return await self._run(self._talks.predict(model, inputs, wish))

    async def metadata(self, model: str, version: int | str | None = None) -> dict[str, Any]:
        """The names, datatypes and shapes of a model's inputs and outputs, and its versions; raises as predict does."""
        return await self._run(self._talks.metadata(model, version))

    async def ready(self) -> bool:
        """Whether the service is there and can read its store."""
        return await self._run(is_ready())

    async def post_json(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Post JSON to any route of the service, with more headers; raises as predict does."""
        send = Send("POST", path, {"content-type": "application/json", **(headers or {})}, body)
        return await self._run(self._talks.answered(send))

    async def close(self) -> None:
        """Close the connection, and let go of what was given up."""
        given_up = list(self._given_up)
        for sending in given_up:
            sending.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        await self._http.aclose()

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _run(self, talk: Talk[Result]) -> Result:
        try:
            step = next(talk)
            while True:
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                    step = talk.send(None)
                    continue
                attempt = AsyncAttempt(step)
                try:
                    answer = await self._sent(step, attempt)
                except FAILURES as error:
                    step = talk.throw(attempt.failure(error))
                else:
                    step = talk.send(answer)
        except StopIteration as ended:
            result: Result = ended.value
            return result

    async def _sent(self, send: Send, attempt: AsyncAttempt) -> httpx.Response | None:
        """The answer, received by a task of its own: whoever waits for it may be cancelled at any moment."""
        auth = self._auth if send.is_ours else None
        sending = asyncio.create_task(attempt.carried(self._http.send(self._request(send, attempt), auth=auth)))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            self._given_up.add(sending)
            sending.add_done_callback(self._given_up.discard)
            attempt.give_up()
            raise

    def _request(self, send: Send, attempt: AsyncAttempt) -> httpx.Request:
        watched = {"trace": attempt.note_later}
        return self._http.build_request(
            send.method, send.url, headers=send.headers, content=send.content, extensions=watched
        )
