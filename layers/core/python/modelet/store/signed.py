"""A folder whose objects others may write and read by URL, for the local gateway answers for it: what presigned URLs
are for S3.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
"""

import hmac
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from modelet.store.base import check_key
from modelet.store.local import LocalStore

ADDRESS = "MODELET_STORE_ADDRESS"
"""The environment variable that holds the gateway's URL."""

SECRET = "MODELET_STORE_SECRET"  # noqa: S105 - its name
"""The environment variable that holds what the gateway checks signatures with."""

BELOW = "/_store/"
"""Where the gateway serves the objects."""

SIGNATURE = "&signature="


class SignedFolder(LocalStore):
    """Objects as files, with URLs below the gateway's `address` that end with a signature by `secret`."""

    announces = False

    def __init__(self, root: Path, url: str, address: str, secret: str) -> None:
        super().__init__(root, url)
        self._address = address
        self._secret = secret

    def sign_put(self, key: str, seconds: float) -> str:
        return self._signed("PUT", key, seconds, {})

    def share(self, key: str, data: bytes, headers: Mapping[str, str], seconds: float) -> str:
        self.put(key, [data])
        return self._signed("GET", key, seconds, headers)

    def _signed(self, method: str, key: str, seconds: float, headers: Mapping[str, str]) -> str:
        query = urlencode({"expires": int(time.time() + seconds), **headers})
        target = f"{BELOW}{quote(check_key(key))}?{query}"
        return f"{self._address}{target}{SIGNATURE}{signature(self._secret, method, target)}"


def signature(secret: str, method: str, target: str) -> str:
    """What proves that whoever has the secret allowed this method on this path with this query, all of it as sent."""
    return hmac.new(secret.encode(), f"{method} {target}".encode(), "sha256").hexdigest()
