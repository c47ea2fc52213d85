"""A store in an S3 bucket, over obstore: retries, conditional writes and ranged reads without an SDK on the hot path.

Endpoints: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, NotModifiedError, PreconditionError
from obstore.store import S3Store as Bucket

from modelet.errors import InvalidName, InvalidSetting, StoreUnavailable
from modelet.store.base import CHUNK_BYTES, PIECE_BYTES, AlreadyExists, Changed, Entry, Stored, check_key
from modelet.store.credentials import find_credentials

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ClientConfig, RetryConfig

# A server that does not answer is given up after 20 seconds, one that cannot be reached after about as long.
TIMEOUTS: "ClientConfig" = {"connect_timeout": timedelta(seconds=3), "timeout": timedelta(seconds=20)}
RETRIES: "RetryConfig" = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=4), "base": 2},
}
UPLOAD_TIMEOUT = timedelta(seconds=300)
"""For one part: slow lines upload slowly, and several parts share them."""
UPLOADED_AT_ONCE = 4

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, and the older ones of us-east-1
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")


class S3Store:
    """Objects below `prefix` in `bucket`, reached as the standard AWS variables in `env` say."""

    announces = True

    def __init__(self, bucket: str, prefix: str, env: Mapping[str, str]) -> None:
        """Check the names and find the credentials; raises InvalidSetting. Nothing is contacted yet."""
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")
        _check_place(self.url, bucket, prefix)
        credentials = find_credentials(env)
        region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or credentials.region or "us-east-1"
        endpoint = _endpoint(env)
        self._endpoint = endpoint or f"https://{bucket}.s3.{region}.amazonaws.com"
        self._timeouts: ClientConfig = {**TIMEOUTS, "allow_http": bool(endpoint and endpoint.startswith("http://"))}
        config: dict[str, Any] = {"region": region, **credentials.keys}
        if endpoint:
            # Servers other than AWS rarely have a name per bucket: path style, as boto3 does for them.
            config |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
        if prefix:
            config["prefix"] = prefix
        self._config = {**config, "retry_config": RETRIES, "credential_provider": credentials.provider}
        self._bucket = Bucket(bucket, client_options=self._timeouts, **self._config)
        self._name = bucket

    @cached_property
    def _uploads(self) -> Bucket:
        return Bucket(self._name, client_options={**self._timeouts, "timeout": UPLOAD_TIMEOUT}, **self._config)

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        with self._errors(key):
            try:
                found = obstore.get(self._bucket, check_key(key), options={"if_none_match": unless} if unless else None)
            except NotModifiedError:
                return None
            return Stored(found.bytes().to_bytes(), found.meta["e_tag"] or "")

    def stream_range(self, key: str, start: int, length: int) -> Iterator[bytes]:
        # A connection that breaks between two pieces is taken up again by obstore where it broke.
        with self._errors(key):
            try:
                found = obstore.get(self._bucket, check_key(key), options={"range": (start, start + length)})
            except GenericError:
                if start < obstore.head(self._bucket, key)["size"]:
                    raise
                return  # S3 answers 416 to a range that begins at the end
            yield from found.stream(PIECE_BYTES)

    def stream(self, key: str) -> Iterator[bytes]:
        # By ranges: each is retried on its own, and none outlasts the timeout, however large the object is.
        start = end = 0
        while start == end:
            end += CHUNK_BYTES
            for piece in self.stream_range(key, start, CHUNK_BYTES):
                yield piece
                start += len(piece)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        rest = iter(chunks)
        first, second = next(rest, b""), next(rest, None)
        with self._errors(key, writes=True):
            if second is None:
                obstore.put(self._uploads, check_key(key), first, use_multipart=False)
            else:
                obstore.put(
                    self._uploads,
                    check_key(key),
                    chain((first, second), rest),
                    chunk_size=CHUNK_BYTES,
                    max_concurrency=UPLOADED_AT_ONCE,
                )

    def put_if_absent(self, key: str, data: bytes) -> str:
        with self._errors(key, writes=True):
            return obstore.put(self._bucket, check_key(key), data, mode="create")["e_tag"] or ""

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        with self._errors(key):
            try:
                return obstore.put(self._bucket, check_key(key), data, mode={"e_tag": etag})["e_tag"] or ""
            except AlreadyExistsError:
                raise Changed(f"{key} is being changed.") from None  # 409, also when asked again

    def head(self, key: str) -> Entry:
        with self._errors(key):
            found = obstore.head(self._bucket, check_key(key))
        return Entry(key, found["size"], found["last_modified"].timestamp(), found["e_tag"] or "")

    def scan(self, prefix: str) -> Iterator[Entry]:
        with self._errors(prefix):
            for page in obstore.list(self._bucket, prefix or None):
                for found in page:
                    yield Entry(found["path"], found["size"], found["last_modified"].timestamp())

    def folders(self, prefix: str) -> list[str]:
        with self._errors(prefix):
            found = obstore.list_with_delimiter(self._bucket, prefix or None)["common_prefixes"]
        return sorted(name.rstrip("/").rsplit("/", 1)[-1] for name in found)

    def delete(self, key: str) -> None:
        with self._errors(key):
            try:
                obstore.delete(self._bucket, check_key(key))
            except FileNotFoundError:
                return

    def sign_put(self, key: str, seconds: float) -> str:
        with self._errors(key):
            return obstore.sign(self._bucket, "PUT", check_key(key), timedelta(seconds=seconds))

    def share(self, key: str, data: bytes, headers: Mapping[str, str], seconds: float) -> str:
        with self._errors(key, writes=True):
            attributes: Attributes = {name.title(): value for name, value in headers.items()}
            obstore.put(
                self._uploads,
                check_key(key),
                data,
                attributes=attributes,
                chunk_size=CHUNK_BYTES,
                max_concurrency=UPLOADED_AT_ONCE,
            )
            return obstore.sign(self._bucket, "GET", key, timedelta(seconds=seconds))

    @contextmanager
    def _errors(self, key: str, writes: bool = False) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if writes or "NoSuchBucket" in str(error):
                raise StoreUnavailable(f"Cannot reach {self.url}: there is no such bucket.") from None
            raise FileNotFoundError(key) from None
        except AlreadyExistsError:
            raise AlreadyExists(f"{key} exists already.") from None
        except PreconditionError:
            raise Changed(f"{key} has changed.") from None
        except BaseError as error:
            from modelet.store.reasons import reason  # no answer needs it

            raise StoreUnavailable(f"Cannot reach {self.url}: {reason(str(error), self._endpoint)}") from error


def _check_place(url: str, bucket: str, prefix: str) -> None:
    # obstore would panic, or tell of a bucket that nobody meant.
    if not _BUCKET.fullmatch(bucket):
        raise InvalidSetting(f"{url!r} is not a store: {bucket!r} is not a bucket's name.")
    try:
        check_key(prefix or "none")
    except InvalidName:
        raise InvalidSetting(f"{url!r} is not a store: {prefix!r} is not a prefix of keys.") from None


def _endpoint(env: Mapping[str, str]) -> str | None:
    for variable in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        endpoint = env.get(variable)
        if endpoint:
            from urllib.parse import urlsplit  # of deployments that do not use AWS itself

            parts = urlsplit(endpoint)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise InvalidSetting(f"{variable} must be an http:// or https:// URL, but is {endpoint!r}.")
            return endpoint
    return None
