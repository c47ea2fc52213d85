"""Which requests are expected to be answered at once, because one like it was when it was last asked.

docs/decisions/0011-a-brief-request-is-handed-to-no-thread.md
"""

import time
from collections.abc import Callable
from typing import TypeVar

from modelet.local.request import Request

BRIEF_SECONDS = 0.005
REMEMBERED = 1000
SHORTCUTS = {"idempotency-key", "prefer"}
"""With these headers a prediction may be answered that was not made: its time says nothing of the next one's."""

Answer = TypeVar("Answer")


class Brief:
    """Requests by method, path and order of size: what takes a row may be brief, and what takes a thousand not.

    `allows` says of a request whether it may be answered where an event loop runs, if it is brief.
    """

    def __init__(self, seconds: float = BRIEF_SECONDS, allows: Callable[[Request], bool] = lambda _: True) -> None:
        self._seconds = seconds
        self._allows = allows
        self._kinds: dict[tuple[str, str, int], None] = {}

    def expects(self, request: Request) -> bool:
        """Whether a request like this was brief when it was last asked."""
        return _kind(request) in self._kinds

    def timed(self, call: Callable[[Request], Answer], request: Request) -> Answer:
        """Answer a request by `call`, and remember whether that was brief."""
        began = time.perf_counter()
        try:
            return call(request)
        finally:
            self._remember(request, time.perf_counter() - began < self._seconds)

    def _remember(self, request: Request, brief: bool) -> None:
        kind = _kind(request)
        if not brief:
            self._kinds.pop(kind, None)
        elif kind not in self._kinds and self._may_be_remembered(request):
            if len(self._kinds) >= REMEMBERED:
                self._kinds.clear()
            self._kinds[kind] = None

    def _may_be_remembered(self, request: Request) -> bool:
        return not any(name in SHORTCUTS for name, _ in request.headers) and self._allows(request)


def _kind(request: Request) -> tuple[str, str, int]:
    return request.method, request.path, len(request.body).bit_length()
