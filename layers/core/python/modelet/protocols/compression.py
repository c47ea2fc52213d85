"""Compressed bodies, both ways: gzip and deflate, by Content-Encoding and Accept-Encoding.

Source: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1 and #section-12.5.3. Only what asks for it imports this.
"""

import zlib

from modelet.errors import InvalidRequest, PayloadTooLarge, UnsupportedMediaType
from modelet.messages import HttpRequest, HttpResponse
from modelet.protocols.body import WAY_AROUND
from modelet.protocols.preferences import weights

CODINGS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
"""What zlib calls them, best first. "deflate" is the zlib format."""
ALIASES = {"x-gzip": "gzip"}
ACCEPTED = ", ".join(CODINGS)
MEMBER = b"\x1f\x8b"
"""What a member of gzip data begins with: https://www.rfc-editor.org/rfc/rfc1952.html#section-2.2"""
PIECE = 16384
"""Bytes that are inflated at a time."""
LEVEL = 1
"""The others take several times as long, for numbers that hardly become smaller."""


def inflate(request: HttpRequest, limit: int) -> HttpRequest:
    """The request with its body inflated, and without the headers that were true of the other one.

    Never more than `limit` bytes are made. Raises PayloadTooLarge where there would be more, UnsupportedMediaType for
    another encoding, InvalidRequest for data that are damaged or end too early.
    """
    given = request.headers.get("content-encoding", "").strip().lower()
    headers = {name: value for name, value in request.headers.items() if name != "content-encoding"}
    if given in ("", "identity") or not request.body:
        return request._replace(headers=headers)
    coding = ALIASES.get(given, given)
    if coding not in CODINGS:
        raise UnsupportedMediaType(
            f"The body has content encoding {given!r:.80}: send it as {' or '.join(CODINGS)}, or as it is.", ACCEPTED
        )
    headers.pop("content-length", None)
    return request._replace(headers=headers, body=_inflated(request.body, coding, limit))


def compress(response: HttpResponse, accepted: str) -> HttpResponse:
    """The response in the encoding that its caller likes best; as it is where that is smaller or liked better."""
    if "content-encoding" in response.headers:
        return response
    headers = {**response.headers, "vary": "accept-encoding"}
    coding = choose(accepted)
    if coding is None:
        return response._replace(headers=headers)
    deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, CODINGS[coding])
    body = deflater.compress(response.body) + deflater.flush()
    if len(body) >= len(response.body):
        return response._replace(headers=headers)
    return response._replace(body=body, headers={**headers, "content-encoding": coding})


def choose(accepted: str) -> str | None:
    """The encoding to answer with by an Accept-Encoding header, or None for none; what is malformed is not accepted."""
    liked = {ALIASES.get(coding, coding): weight for coding, weight in weights(accepted)}
    others = liked.get("*", 0.0)
    best = max(CODINGS, key=lambda coding: liked.get(coding, others))
    weight = liked.get(best, others)
    return best if weight > 0 and weight >= liked.get("identity", 0.0) else None


def _inflated(body: bytes, coding: str, limit: int) -> bytes:
    # A piece at a time, for whoever is sent many members of gzip data copies the rest of a piece after each.
    inflater, inflated, room, start = zlib.decompressobj(CODINGS[coding]), [], limit + 1, 0
    while start < len(body):
        piece = memoryview(body)[start : start + PIECE]
        try:
            inflated.append(inflater.decompress(piece, room))
        except zlib.error as error:
            raise InvalidRequest(f"The body is not valid {coding} data: {error}.") from None
        room -= len(inflated[-1])
        if room <= 0:
            raise PayloadTooLarge(
                f"The body has more than {limit} bytes when it is inflated; the limit is {limit}: {WAY_AROUND}"
            )
        start += len(piece) - len(inflater.unused_data)
        if inflater.eof and start < len(body):
            if coding != "gzip" or not body.startswith(MEMBER, start):
                raise InvalidRequest(f"The body has {len(body) - start} bytes more than its {coding} data.")
            inflater = zlib.decompressobj(CODINGS[coding])
    if not inflater.eof:
        raise InvalidRequest(f"The body's {coding} data end too early.")
    return b"".join(inflated)
