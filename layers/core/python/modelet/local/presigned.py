"""The objects of a folder, to whoever has a URL that `modelet.store.signed` made: what S3 answers to presigned URLs."""

import hmac
import time
from urllib.parse import parse_qsl, unquote

from modelet.config import MIB
from modelet.errors import InvalidName, ModeletError
from modelet.local.answer import Response
from modelet.local.request import Request
from modelet.store.base import AlreadyExists, Store
from modelet.store.signed import BELOW, SIGNATURE, signature

OBJECT_BYTES = 512 * MIB
"""The largest object that is taken: it is held in memory once."""

SHOWN = ("content-type", "content-encoding")
"""Headers that a URL may ask for."""


class Presigned:
    """The store's objects at `/_store/{key}`, where the URL is signed with `secret` and has not expired."""

    def __init__(self, store: Store, secret: str) -> None:
        self._store = store
        self._secret = secret

    def allows(self, method: str, path: str, query: str) -> bool:
        """Whether this very URL was handed out for this method, and is still valid. All of it is as sent."""
        if not path.startswith(BELOW):
            return False
        signed, _, given = f"{path}?{query}".rpartition(SIGNATURE)
        if not hmac.compare_digest(given.encode(), signature(self._secret, method, signed).encode()):
            return False
        return time.time() < int(dict(parse_qsl(query))["expires"])  # written by who signed

    def answer(self, request: Request) -> Response:
        """Answer a request below `/_store/`; what is not allowed is a 403, whatever else is wrong with it."""
        if not self.allows(request.method, request.path, request.query):
            return _text(403, "The URL is not signed for this request, or has expired.")
        key = unquote(request.path.removeprefix(BELOW))
        try:
            return self._put(key, request.body) if request.method == "PUT" else self._get(key, request.query)
        except FileNotFoundError:
            return _text(404, f"There is no object {key}.")
        except InvalidName as error:
            return _text(400, error.message)
        except ModeletError as error:
            return _text(error.status, error.message)

    def _put(self, key: str, body: bytes) -> Response:
        try:
            self._store.put_if_absent(key, body)
        except AlreadyExists:
            if b"".join(self._store.stream(key)) != body:
                return _text(412, f"Another object was uploaded to {key} before.")
        return Response(200)

    def _get(self, key: str, query: str) -> Response:
        asked = dict(parse_qsl(query))
        headers = tuple((name, asked[name]) for name in SHOWN if name in asked)
        return Response(200, headers, b"".join(self._store.stream(key)))


def _text(status: int, message: str) -> Response:
    return Response(status, (("content-type", "text/plain; charset=utf-8"),), message.encode())
