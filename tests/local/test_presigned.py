"""The gateway's presigned URLs: what was signed, for the method it was signed for, until it expires."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from modelet.local.answer import Response
from modelet.local.gateway import BODY_BYTES, Gateway
from modelet.local.presigned import OBJECT_BYTES, Presigned
from modelet.local.request import Request
from modelet.store.signed import SignedFolder, signature
from modelet.store.tensors import new_key

ADDRESS = "http://127.0.0.1:1"
SECRET = "secret"
JSON = {"content-type": "application/json"}


@pytest.fixture
def store(tmp_path: Path) -> SignedFolder:
    (tmp_path / "outside").write_bytes(b"outside")
    return SignedFolder(tmp_path / "store", f"file://{tmp_path}/store", ADDRESS, SECRET)


@pytest.fixture
def gateway(store: SignedFolder) -> Gateway:
    return Gateway([], lambda _: lambda *_: None, Presigned(store, SECRET))


def ask(gateway: Gateway, method: str, url: str, body: bytes = b"") -> Response:
    parts = urlsplit(url.removeprefix(ADDRESS))
    return gateway.answer(Request(method, parts.path, parts.query, body=body))


def test_what_was_put_is_in_the_store(gateway: Gateway, store: SignedFolder) -> None:
    key = new_key()

    assert ask(gateway, "PUT", store.sign_put(key, 60), b"bytes").status == 200
    assert b"".join(store.stream(key)) == b"bytes"


def test_an_object_is_put_once_and_the_same_one_as_often_as_one_likes(gateway: Gateway, store: SignedFolder) -> None:
    url = store.sign_put(new_key(), 60)
    ask(gateway, "PUT", url, b"first")

    assert ask(gateway, "PUT", url, b"first").status == 200
    assert ask(gateway, "PUT", url, b"second").status == 412
    assert b"".join(store.stream(url.split("?")[0].partition("/_store/")[2])) == b"first"


@pytest.mark.parametrize("headers", [{}, JSON, {"content-type": "a/b; c=d&e", "content-encoding": "gzip"}])
def test_what_was_shared_comes_with_its_headers(
    gateway: Gateway, store: SignedFolder, headers: Mapping[str, str]
) -> None:
    url = store.share(new_key(), b"bytes", headers, 60)

    response = ask(gateway, "GET", url)

    assert (response.status, response.body, dict(response.headers)) == (200, b"bytes", headers)


def test_a_signed_key_without_an_object_is_404(gateway: Gateway, store: SignedFolder) -> None:
    key = new_key()
    url = store.share(key, b"bytes", {}, 60)
    store.delete(key)

    assert ask(gateway, "GET", url).status == 404


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_an_expired_url_is_403(gateway: Gateway, store: SignedFolder, method: str) -> None:
    url = store.share(new_key(), b"bytes", {}, -1) if method == "GET" else store.sign_put(new_key(), -1)

    assert ask(gateway, method, url).status == 403


@pytest.mark.parametrize("method", ["PUT", "HEAD", "POST", "DELETE", "get", "G ET"])
def test_a_url_is_for_one_method(gateway: Gateway, store: SignedFolder, method: str) -> None:
    assert ask(gateway, method, store.share(new_key(), b"bytes", {}, 60)).status == 403


@pytest.mark.parametrize(
    ("found", "changed"),
    [
        ("/_store/uploads/", "/_store/models/"),
        ("/_store/uploads/tensors/", "/_store/uploads/tensors/../../models/"),
        ("/_store/uploads/", "/_store//uploads/"),
        ("/_store/uploads/", "/_store/%75ploads/"),
        ("expires=", "expires=9"),
        ("content-type=application", "content-type=text"),
        ("&signature=", "&expires=9999999999&signature="),
        ("&signature=", "&signature=0"),
        ("&signature=", "&Signature="),
        ("&signature=", "&signature=&signature="),
        ("?", "?x=1&"),
        ("?", "%3F"),
    ],
)
def test_a_url_of_which_anything_is_changed_is_403(
    gateway: Gateway, store: SignedFolder, found: str, changed: str
) -> None:
    url = store.share(new_key(), b"bytes", JSON, 60)
    assert found in url

    assert ask(gateway, "GET", url.replace(found, changed, 1)).status == 403


@pytest.mark.parametrize("target", ["/_store/", "/_store/models/x", "/_store/x?signature=", "/_store/x?signature=\xe9"])
def test_what_nobody_signed_is_403(gateway: Gateway, target: str) -> None:
    assert ask(gateway, "GET", target).status == 403
    assert ask(gateway, "PUT", target).status == 403


def test_another_secret_is_403(gateway: Gateway, store: SignedFolder, tmp_path: Path) -> None:
    other = SignedFolder(tmp_path / "store", store.url, ADDRESS, "another")

    assert ask(gateway, "GET", other.share(new_key(), b"bytes", {}, 60)).status == 403


@pytest.mark.parametrize("path", ["../outside", "%2e%2e/outside", "a/../../outside", "a%00", ".lock", ""])
def test_even_a_signed_path_leaves_the_folder_by_no_trick(gateway: Gateway, path: str) -> None:
    for method in ("GET", "PUT"):
        target = f"/_store/{path}?expires=9999999999"
        response = ask(gateway, method, f"{target}&signature={signature(SECRET, method, target)}")

        assert response.status == 400
        assert b"not a valid object key" in response.body


def test_only_a_signed_request_may_be_larger_than_the_gateways_limit(gateway: Gateway, store: SignedFolder) -> None:
    signed, unsigned = (urlsplit(url) for url in (store.sign_put(new_key(), 60), store.sign_put(new_key(), -1)))

    assert gateway.largest_body("PUT", signed.path, signed.query) == OBJECT_BYTES
    assert gateway.largest_body("PUT", unsigned.path, unsigned.query) == BODY_BYTES
    assert gateway.largest_body("POST", "/predict", "") == BODY_BYTES


def test_without_a_folder_there_are_no_objects() -> None:
    gateway = Gateway([], lambda _: lambda *_: None)

    assert ask(gateway, "GET", "/_store/a").status == 404
