"""A store in an S3 bucket, over obstore: retries, conditional writes and ranged reads without an SDK on the hot path.

Endpoints: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
Conditional writes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, NotModifiedError, PreconditionError
from obstore.store import S3Store as Bucket

from modelet.errors import StoreUnavailable
from modelet.store.base import CHUNK_BYTES, AlreadyExists, Changed, Entry, Stored, check_key
from modelet.store.credentials import find_credentials

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

TIMEOUTS: "ClientConfig" = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=120)}
RETRIES: "RetryConfig" = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=4), "base": 2},
}


class S3Store:
    """Objects below `prefix` in `bucket`, reached as the standard AWS variables in `env` say."""

    def __init__(self, bucket: str, prefix: str, env: Mapping[str, str]) -> None:
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")
        endpoint = env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL")
        credentials = find_credentials(env)
        region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or credentials.region or "us-east-1"
        config: dict[str, Any] = {"region": region, **credentials.keys}
        if endpoint:
            # Servers other than AWS rarely have a name per bucket: path style, as boto3 does for them.
            config |= {"endpoint": endpoint, "virtual_hosted_style_request": False}
        self._bucket = Bucket(
            bucket,
            prefix=prefix or None,
            client_options={**TIMEOUTS, "allow_http": bool(endpoint and endpoint.startswith("http://"))},
            retry_config=RETRIES,
            credential_provider=credentials.provider,
            **config,
        )

    def get(self, key: str, unless: str | None = None) -> Stored | None:
        with self._errors(key):
            try:
                found = obstore.get(self._bucket, check_key(key), options={"if_none_match": unless} if unless else None)
            except NotModifiedError:
                return None
            return Stored(found.bytes().to_bytes(), found.meta["e_tag"] or "")

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with self._errors(key):
            try:
                found = obstore.get_range(self._bucket, check_key(key), start=start, length=max(length, 1))
            except GenericError:
                if start < obstore.head(self._bucket, key)["size"]:
                    raise
                return b""  # S3 answers 416 to a range that begins at the end
            return found.to_bytes()[:length]

    def stream(self, key: str) -> Iterator[bytes]:
        with self._errors(key):
            for chunk in obstore.get(self._bucket, check_key(key)).stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        rest = iter(chunks)
        first, second = next(rest, b""), next(rest, None)
        with self._errors(key, writes=True):
            if second is None:
                obstore.put(self._bucket, check_key(key), first, use_multipart=False)
            else:
                obstore.put(self._bucket, check_key(key), chain((first, second), rest), chunk_size=CHUNK_BYTES)

    def put_if_absent(self, key: str, data: bytes) -> str:
        with self._errors(key, writes=True):
            return obstore.put(self._bucket, check_key(key), data, mode="create")["e_tag"] or ""

    def put_if_match(self, key: str, data: bytes, etag: str) -> str:
        with self._errors(key):
            try:
                return obstore.put(self._bucket, check_key(key), data, mode={"e_tag": etag})["e_tag"] or ""
            except FileNotFoundError:
                raise Changed(f"{key} is gone.") from None

    def head(self, key: str) -> Entry:
        with self._errors(key):
            found = obstore.head(self._bucket, check_key(key))
        return Entry(key, found["size"], found["last_modified"].timestamp())

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

    @contextmanager
    def _errors(self, key: str, writes: bool = False) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            if writes:
                raise StoreUnavailable(f"Cannot write {key} in {self.url}: there is no such bucket.") from None
            raise FileNotFoundError(key) from None
        except AlreadyExistsError:
            raise AlreadyExists(f"{key} exists already.") from None
        except PreconditionError:
            raise Changed(f"{key} has changed.") from None
        except BaseError as error:
            raise StoreUnavailable(f"Cannot reach {key} in {self.url}: {_reason(error)}") from error


def _reason(error: BaseError) -> str:
    # obstore appends a debug dump after a blank line; its first line is the sentence.
    text = str(error).strip().split("\n", 1)[0]
    return "there is no such bucket." if "404 Not Found" in text else text
