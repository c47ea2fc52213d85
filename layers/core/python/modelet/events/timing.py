"""Time at the boundary: until when an event must be answered, and the header that says where the time went.

Server-Timing: https://www.w3.org/TR/server-timing/#the-server-timing-header-field
"""

from functools import lru_cache
from math import inf
from typing import Any, Final

from modelet.phases import Phases

NO_LIMIT: Final = inf


def allow(phases: Phases, gateway_seconds: float, context: Any) -> None:
    """Let an invocation last as long as the gateway waits for it and as Lambda lets it; a context that cannot say how
    long that is sets no limit.
    """
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    seconds = gateway_seconds if remaining is None else min(gateway_seconds, remaining() / 1000)
    if seconds < NO_LIMIT:
        phases.allow(seconds)


def server_timing(spent: dict[str, float], cold: bool) -> str:
    """The header's value for milliseconds by phase; `cold` marks the first invocation of a process."""
    return _template(tuple(spent), cold) % tuple(spent.values())


@lru_cache(maxsize=64)
def _template(names: tuple[str, ...], cold: bool) -> str:
    return ", ".join([*(f"{name};dur=%.3f" for name in names), *(["cold"] if cold else [])])
