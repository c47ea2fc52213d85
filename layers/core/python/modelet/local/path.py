"""What an HTTP API makes of a request's path before it chooses a route.

Seen in events captured from the live service (https://github.com/hotsock/voker/pull/8): the path is decoded twice, what
follows an encoded question mark is lost, and a percent sign that the second pass cannot decode is refused.
"""

import re
from urllib.parse import unquote

_MALFORMED = re.compile("%(?![0-9A-Fa-f]{2})")


def decode_path(path: str) -> str | None:
    """The path as events carry it, or None where API Gateway answers 400."""
    once = _decode(path)
    return None if once is None else _decode(once.partition("?")[0])


def _decode(path: str) -> str | None:
    return None if _MALFORMED.search(path) else unquote(path)
