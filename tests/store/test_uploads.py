"""Stores that let others read and write by URL: which ones can, and what their URLs are good for."""

import httpx
import pytest

from modelet.store import open_store
from modelet.store.base import Store, UploadStore
from modelet.store.begun import Begun
from modelet.store.memory import MemoryStore
from modelet.store.signed import ADDRESS, SECRET
from modelet.store.tensors import TENSORS, is_key, new_key


@pytest.fixture
def bucket(s3_url: str, s3_env: dict[str, str]) -> Store:
    return open_store(s3_url, s3_env)


@pytest.mark.parametrize("begun", [False, True])
def test_who_has_the_url_writes_one_object_of_a_bucket(bucket: Store, begun: bool) -> None:
    store = Begun(bucket, []) if begun else bucket
    assert isinstance(store, UploadStore)
    assert store.announces
    key = new_key()

    assert httpx.put(store.sign_put(key, 60), content=b"bytes").status_code == 200

    assert b"".join(bucket.stream(key)) == b"bytes"


@pytest.mark.parametrize("size", [0, 5, 9_000_000])
def test_who_has_the_url_reads_what_was_shared_with_its_type(bucket: Store, size: int) -> None:
    assert isinstance(bucket, UploadStore)
    headers = {"content-type": "application/octet-stream", "content-encoding": "identity"}

    answer = httpx.get(bucket.share(new_key(), bytes(size), headers, 60), timeout=60)

    assert (answer.status_code, answer.content) == (200, bytes(size))
    assert {name: answer.headers[name] for name in headers} == headers


def test_a_folder_has_urls_where_the_gateway_serves_it(tmp_path: object) -> None:
    url = f"file://{tmp_path}/store"
    env = {"MODELET_STORE": url, ADDRESS: "http://127.0.0.1:1", SECRET: "secret"}

    served, other, alone = open_store(url, env), open_store(f"{url}2", env), open_store(url, {"MODELET_STORE": url})

    assert isinstance(served, UploadStore)
    assert not served.announces
    assert served.sign_put("uploads/a b", 60).startswith("http://127.0.0.1:1/_store/uploads/a%20b?expires=")
    assert not isinstance(other, UploadStore)
    assert not isinstance(alone, UploadStore)


def test_memory_has_no_urls() -> None:
    assert not isinstance(MemoryStore(), UploadStore)
    assert not isinstance(Begun(MemoryStore(), []), UploadStore)


def test_keys_are_new_and_known_again() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(map(is_key, keys))
    assert not any(is_key(key.removeprefix(TENSORS)) for key in keys)
