"""What becomes of a request that gets no answer: whose fault it is, and whether another connection would do better."""

from collections.abc import Mapping

import httpx

from modelet.client.answers import unreadable
from modelet.client.talk import Refused, Send
from modelet.errors import InvalidRequest

CONNECTIONS = httpx.Limits(max_connections=100, max_keepalive_connections=100)
"""As many are kept as there may be: else the threads of a busy process would open new ones all the time."""

FAILURES = (httpx.RequestError, httpx.InvalidURL, UnicodeError)
"""What httpx and the socket raise: the last for a host or a header that cannot be."""

_NEVER_SENT = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)
_CUT = (httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError)


class Attempt:
    """One request on its way, as httpcore tells of it: https://www.encode.io/httpcore/extensions/#trace"""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._connected = self._answered = False

    def note(self, event: str, _: Mapping[str, object]) -> None:
        """Take note of an event, by its name."""
        self._connected |= event.startswith("connection.connect")
        self._answered |= event.endswith(".receive_response_headers.complete")

    def failure(self, error: Exception) -> Exception:
        """What one of the FAILURES is to a talk: Refused where the same request may be answered another time."""
        reason = (str(error) or type(error).__name__).rstrip(".")
        # httpx reads where an answer leads although nothing is sent there.
        if isinstance(error, httpx.DecodingError) or isinstance(error.__context__, httpx.InvalidURL):
            return unreadable(reason)
        if isinstance(error, _NEVER_SENT):
            if self._send.is_ours:
                return InvalidRequest(f"The request cannot be sent: {reason}.")
            return unreadable(f"it leads to {self._send.url!r:.200}, and {reason}")
        # A connection that was open before and ends without a word was closed while nobody asked.
        stale = isinstance(error, _CUT) and not self._connected and not self._answered
        return Refused(reason, stale=stale)


def timeouts(seconds: float) -> httpx.Timeout:
    """For each request, from when it has a connection: the others have their time too, so that each gets one."""
    return httpx.Timeout(seconds, pool=None)
