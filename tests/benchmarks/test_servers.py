"""The servers of the benchmarks do what S3 does, as far as they are asked."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import Message

import pytest

from benchmarks.processes import serving
from modelet.store import open_store
from tests.conftest import aws_variables

CONTENT = bytes(range(256)) * 5000


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("buckets")
    (folder / "bench" / "models").mkdir(parents=True)
    (folder / "bench" / "models" / "a").write_bytes(CONTENT)
    with serving("benchmarks.objects", str(folder)) as address:
        yield address


def read(
    address: str, key: str = "a", method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[int, bytes, Message]:
    request = urllib.request.Request(f"{address}/bench/models/{key}", headers=dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read(), refused.headers


def test_an_object_is_read_whole(address: str) -> None:
    status, body, headers = read(address)

    assert (status, body) == (200, CONTENT)
    assert read(address, method="HEAD")[:2] == (200, b"")
    assert headers["Content-Length"] == read(address, method="HEAD")[2]["Content-Length"] == str(len(CONTENT))


@pytest.mark.parametrize(
    ("asked", "status", "sent"),
    [
        ("bytes=1000-70999", 206, CONTENT[1000:71_000]),
        (f"bytes={len(CONTENT) - 5}-{len(CONTENT) + 100}", 206, CONTENT[-5:]),
        ("bytes=7-", 206, CONTENT[7:]),
        ("bytes=0-0", 206, CONTENT[:1]),
    ],
)
def test_a_range_is_read_and_ends_with_the_object(address: str, asked: str, status: int, sent: bytes) -> None:
    found, body, headers = read(address, headers={"Range": asked})

    assert (found, body) == (status, sent)
    assert headers["Content-Range"].endswith(f"/{len(CONTENT)}")


def test_a_range_behind_the_end_is_refused(address: str) -> None:
    status, body, _ = read(address, headers={"Range": f"bytes={len(CONTENT)}-"})

    assert status == 416
    assert b"<Code>InvalidRange</Code>" in body


def test_an_object_that_has_not_changed_is_not_sent_again(address: str) -> None:
    etag = read(address)[2]["ETag"]

    assert read(address, headers={"If-None-Match": etag})[:2] == (304, b"")
    assert read(address, headers={"If-None-Match": '"other"'})[0] == 200


def test_the_product_reads_from_it(address: str) -> None:
    store = open_store("s3://bench", aws_variables(address))

    assert b"".join(store.stream("models/a")) == CONTENT
    with pytest.raises(FileNotFoundError):
        store.get("models/b")


def test_a_delayed_server_answers_the_same_later(address: str) -> None:
    with serving("benchmarks.delay", address, "0.05") as delayed:
        began = time.monotonic()
        status, body, _ = read(delayed, headers={"Range": "bytes=3-9"})
        took = time.monotonic() - began

        assert (status, body) == (206, CONTENT[3:10])
        assert read(delayed, "b")[0] == 404
    assert took >= 0.05
