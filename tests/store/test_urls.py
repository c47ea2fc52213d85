"""The forms of a store's URL: those that mean one place, and those that are refused with what to write instead."""

import uuid
from pathlib import Path

import pytest

from modelet.config import default_store
from modelet.errors import InvalidSetting
from modelet.store import open_store

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    ("written", "folder"),
    [
        ("plain", "plain"),
        ("with space", "with space"),
        ("with%20space", "with space"),
        ("a%23b%3Fc%25", "a#b?c%"),
        ("ünïcode", "ünïcode"),
        ("trailing/", "trailing"),
        ("~", "~"),
    ],
)
def test_a_file_url_names_a_folder(tmp_path: Path, written: str, folder: str) -> None:
    store = open_store(f"file://{tmp_path}/{written}")

    store.put("a", [b"x"])

    assert (tmp_path / folder / "a").read_bytes() == b"x"
    assert store.url == f"file://{tmp_path}/{written}"


def test_a_file_url_may_name_this_host(tmp_path: Path) -> None:
    open_store(f"file://localhost{tmp_path}").put("a", [b"x"])

    assert (tmp_path / "a").exists()


def test_opening_creates_nothing(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}/store")

    assert list(store.scan("")) == []
    assert store.folders("") == []
    assert not (tmp_path / "store").exists()


def test_the_default_store_is_where_the_user_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "my # project"
    here.mkdir()
    monkeypatch.chdir(here)

    open_store(default_store()).put("a", [b"x"])

    assert (here / ".modelet" / "store" / "a").exists()


def test_memory_stores_are_shared_by_name() -> None:
    url = f"memory://{uuid.uuid4().hex}"
    open_store(url).put("a", [b"x"])

    assert open_store(url).head("a").size == 1
    assert list(open_store(f"{url}-other").scan("")) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "models",
        "./models",
        "~/models",
        "/models",
        "file://models",
        "file://~/models",
        "file:models",
        "file://host/models",
        "http://bucket/prefix",
        "gs://bucket",
        "s3://",
        "s3:///prefix",
        "s3:bucket",
        "file://[bad",
    ],
)
def test_what_is_no_store_is_refused_with_the_forms_that_are(url: str) -> None:
    with pytest.raises(
        InvalidSetting, match=r"is not a store: use s3://bucket/prefix, file:///folder or memory://name"
    ):
        open_store(url, KEYS)


@pytest.mark.parametrize("url", ["file:///a#b", "file:///a?b", "s3://bucket/a?x=1", "s3://bucket/a#b", "file:///a%00b"])
def test_characters_that_urls_cut_off_are_refused(url: str) -> None:
    with pytest.raises(InvalidSetting, match="%23"):
        open_store(url, KEYS)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("s3://b", "'b' is not a bucket's name"),
        ("s3://two words/x", "'two words' is not a bucket's name"),
        ("s3://user@bucket/x", "is not a bucket's name"),
        ("s3://bucket:9000/x", "is not a bucket's name"),
        ("s3://bucket_/x", "is not a bucket's name"),
        ("s3://bucket/a/../b", "is not a prefix of keys"),
        ("s3://bucket/a//b", "is not a prefix of keys"),
        ("s3://bucket/.a", "is not a prefix of keys"),
    ],
)
def test_buckets_and_prefixes_that_cannot_be_are_named(url: str, problem: str) -> None:
    with pytest.raises(InvalidSetting, match=problem):
        open_store(url, KEYS)
