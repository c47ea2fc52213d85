"""What a service answers, which may be anything: what cannot be read is a ModeletError that says so."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import orjson

from modelet.errors import InvalidInput, ModeletError

MOST_DIGITS = 18
"""Of a number in a header: no size and no time has more, and Python refuses to read texts of thousands."""

LAST_PORT = 65535


class Upload(NamedTuple):
    """Where to put a tensor, and what a request then calls it."""

    reference: str
    method: str
    url: str
    headers: Mapping[str, str]
    most_bytes: int
    """Of all the tensors of one request."""


@contextmanager
def reading() -> Iterator[None]:
    """Whatever goes wrong inside is the answer's fault: raises ModeletError."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, InvalidInput) as error:
        raise unreadable(f"it has no {error}" if isinstance(error, KeyError) else str(error)) from error


def unreadable(reason: str) -> ModeletError:
    """The error for an answer that is none."""
    return ModeletError(f"The service's answer cannot be read: {reason.rstrip('.')}.")


def told(content: bytes, *names: str) -> dict[str, Any]:
    """The JSON object of an answer, with these members; raises ModeletError where it has not got them."""
    with reading():
        said: dict[str, Any] = orjson.loads(content)
        for name in names:
            _ = said[name]
    return said


def signature(content: bytes) -> dict[str, Any]:
    """What a service says of a model: each input has a name, a datatype and a shape; raises ModeletError otherwise."""
    said = told(content, "name", "inputs")
    with reading():
        for spec in said["inputs"]:
            _expect(spec["name"], str)
            _expect(spec["datatype"], str)
            _expect(spec["shape"], list)
    return said


def upload(content: bytes) -> Upload:
    """Where a service wants a tensor; raises ModeletError where it does not say."""
    said = told(content, "reference", "upload")
    with reading():
        place, headers = said["upload"], said["upload"]["headers"]
        most = place.get("max_bytes", sys.maxsize)
        _expect(most, int)
        for text in (said["reference"], place["method"], place["url"], *headers.values()):
            _expect(text, str)
        return Upload(said["reference"], place["method"], place_at(place["url"]), headers, most)


def place_at(url: str) -> str:
    """Where an answer leads: to a path of the service or to an address; raises ModeletError for any other place."""
    if "://" in url and not is_address(url):
        raise unreadable(f"it leads to {url!r:.200}, which is no address")
    return url


def is_address(url: str) -> bool:
    """Whether a request can be sent to a URL: it is of http or https, and has a host and a port that there may be."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host) and (parsed.port or 0) <= LAST_PORT


def whole(text: str) -> int | None:
    """The number that ASCII digits write, at most as large as `MOST_DIGITS` allow; None for any other text, of which
    `isdigit` alone takes more than `int` does.
    """
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= MOST_DIGITS else 10**MOST_DIGITS


def _expect(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.80} is no {kind.__name__}")
