"""Which requests are expected to be answered at once, because one like it was when it was last asked.

docs/decisions/0011-a-brief-request-is-handed-to-no-thread.md
"""

import time
from collections.abc import Callable
from typing import TypeVar

from modelet.local.request import Request

BRIEF_SECONDS = 0.005
REMEMBERED = 1000

Answer = TypeVar("Answer")


class Brief:
    """Requests by path and order of size: what takes a row may be brief, and what takes a thousand not."""

    def __init__(self, seconds: float = BRIEF_SECONDS) -> None:
        self._seconds = seconds
        self._kinds: dict[tuple[str, int], None] = {}

    def expects(self, request: Request) -> bool:
        """Whether a request like this was brief when it was last asked."""
        return _kind(request) in self._kinds

    def timed(self, call: Callable[[Request], Answer], request: Request) -> Answer:
        """Answer a request by `call`, and remember whether that was brief."""
        began = time.perf_counter()
        try:
            return call(request)
        finally:
            if time.perf_counter() - began < self._seconds:
                if len(self._kinds) >= REMEMBERED:
                    self._kinds.clear()
                self._kinds[_kind(request)] = None
            else:
                self._kinds.pop(_kind(request), None)


def _kind(request: Request) -> tuple[str, int]:
    return request.path, len(request.body).bit_length()
