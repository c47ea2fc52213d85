"""What a client and a service say to each other, without any I/O: a talk yields requests and pauses, and is sent
responses, or has the failure of a request thrown into it. So the blocking and the asynchronous client are one.

The idea: https://sans-io.readthedocs.io
"""

from collections.abc import Generator, Mapping
from typing import NamedTuple, TypeVar

import httpx

Result = TypeVar("Result")


class Send(NamedTuple):
    """A request to the service, at a path, or to whom it names, at a URL: only the service is told who asks."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    content: bytes | None = None

    @property
    def is_ours(self) -> bool:
        """Whether it goes to the service itself."""
        return self.url.startswith("/")


class Pause(NamedTuple):
    """Waiting for so many seconds."""

    seconds: float


class Refused(Exception):
    """Thrown into a talk where a request could not be sent, or its answer not be received.

    `stale` says that a connection was used which had been closed since its last request: another one may do better.
    """

    def __init__(self, reason: str, *, stale: bool = False) -> None:
        super().__init__(reason)
        self.stale = stale


Talk = Generator[Send | Pause, httpx.Response | None, Result]
