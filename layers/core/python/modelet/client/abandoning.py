"""Giving up an asynchronous request without losing its connection.

httpcore never gets a connection back when asyncio cancels a task that is being handed one, or gives one back: asyncio
knows nothing of the shields that httpcore puts there. A hundred such moments, and the client waits for ever.
https://github.com/encode/httpcore/issues/1093
"""

from collections.abc import Awaitable, Mapping

import httpx
from anyio import CancelScope

from modelet.client.connection import Attempt
from modelet.client.talk import Send


class AsyncAttempt(Attempt):
    """One request on its way, in a task of its own, which is stopped by what heeds shields, and once it is sending."""

    def __init__(self, send: Send) -> None:
        super().__init__(send)
        self._scope = CancelScope()
        self._sending = self._unwanted = False

    async def note_later(self, event: str, about: Mapping[str, object]) -> None:
        """Take note of an event, by its name; stop where nobody waits any more."""
        self.note(event, about)
        self._sending |= event.endswith(".send_request_headers.started")
        if self._unwanted and self._sending:
            self._scope.cancel()

    def give_up(self) -> None:
        """Stop as soon as that is safe: when the request is being sent."""
        self._unwanted = True
        if self._sending:
            self._scope.cancel()

    async def carried(self, answer: Awaitable[httpx.Response]) -> httpx.Response | None:
        """The answer; None where it was given up."""
        with self._scope:
            return await answer
        return None
