"""S3 as the standard variables describe it, and its failures in the user's words."""

import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from modelet.errors import InvalidSetting, StoreUnavailable
from modelet.store import open_store
from modelet.store.base import PIECE_BYTES, AlreadyExists, Changed, Store
from tests.conftest import BUCKET
from tests.s3_proxy import BROKEN, BROKEN_AFTERWARDS, CONFLICT, FAILED, Fault, Proxy

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
VARIABLES = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
]
VERBS: dict[str, Callable[[Store], Any]] = {
    "get": lambda store: store.get("a"),
    "stream_range": lambda store: list(store.stream_range("a", 0, 1)),
    "stream": lambda store: list(store.stream("a")),
    "head": lambda store: store.head("a"),
    "scan": lambda store: list(store.scan("a/")),
    "folders": lambda store: store.folders("a/"),
    "put": lambda store: store.put("a", [b"x"]),
    "put of many chunks": lambda store: store.put("a", [bytes(9_000_000), b"x"]),
    "put_if_absent": lambda store: store.put_if_absent("a", b"x"),
    "put_if_match": lambda store: store.put_if_match("a", b"x", '"etag"'),
    "delete": lambda store: store.delete("a"),
}


@pytest.fixture
def behind(proxy: Proxy, s3_url: str) -> Store:
    return open_store(s3_url, {**KEYS, "AWS_ENDPOINT_URL": proxy.url})


def refused() -> str:
    """An endpoint of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def scope(proxy: Proxy) -> list[str]:
    """The parts of the credential that the last request was signed with: key, date, region, service."""
    return proxy.seen[-1].headers["authorization"].split("Credential=")[1].split(",")[0].split("/")


def test_the_endpoint_is_plain_http_and_addressed_by_path(behind: Store, proxy: Proxy, s3_url: str) -> None:
    behind.put("models/a", [b"x"])

    assert proxy.seen[-1].path == f"/{s3_url.removeprefix('s3://')}/models/a"
    assert scope(proxy)[0] == "AKIDEXAMPLE"
    assert scope(proxy)[2:] == ["us-east-1", "s3", "aws4_request"]


def test_the_endpoint_of_s3_wins_over_that_of_all_services(proxy: Proxy, s3_url: str) -> None:
    env = {**KEYS, "AWS_ENDPOINT_URL": refused(), "AWS_ENDPOINT_URL_S3": proxy.url}

    open_store(s3_url, env).put("a", [b"x"])

    assert len(proxy.seen) == 1


def test_an_empty_variable_counts_as_none(proxy: Proxy, s3_url: str) -> None:
    env = {**KEYS, "AWS_ENDPOINT_URL": proxy.url, "AWS_ENDPOINT_URL_S3": "", "AWS_REGION": "", "AWS_PROFILE": ""}

    open_store(s3_url, env).put("a", [b"x"])

    assert len(proxy.seen) == 1


def test_the_process_environment_is_used_where_none_is_given(
    proxy: Proxy, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": refused(), "AWS_ENDPOINT_URL_S3": proxy.url}.items():
        monkeypatch.setenv(name, value)

    open_store(s3_url).put("a", [b"x"])

    assert scope(proxy)[0] == "AKIDEXAMPLE"


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-central-1"}, "eu-central-1"),
    ],
)
def test_requests_are_signed_for_the_region(proxy: Proxy, s3_url: str, variables: dict[str, str], region: str) -> None:
    open_store(s3_url, {**KEYS, "AWS_ENDPOINT_URL": proxy.url, **variables}).put("a", [b"x"])

    assert scope(proxy)[2] == region


def test_a_store_may_be_a_whole_bucket(s3_env: dict[str, str]) -> None:
    store = open_store(f"s3://{BUCKET}", s3_env)
    key = f"whole-{uuid.uuid4().hex}/a"

    store.put(key, [b"x"])

    assert key in [entry.key for entry in store.scan("")]
    assert store.url == f"s3://{BUCKET}"


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", "ftp://host", "http://", "localhost"])
def test_an_endpoint_that_is_no_url_is_named(variable: str, endpoint: str) -> None:
    with pytest.raises(InvalidSetting, match=f"{variable} must be an http:// or https:// URL, but is '{endpoint}'"):
        open_store("s3://bucket/prefix", {**KEYS, variable: endpoint})


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in ("head", "put_if_match", "delete")])
def test_a_missing_bucket_is_a_clear_failure(s3_env: dict[str, str], verb: str) -> None:
    # S3 tells the three others no difference between a missing bucket and a missing key.
    store = open_store("s3://no-such-bucket/prefix", s3_env)

    with pytest.raises(StoreUnavailable, match=r"^Cannot reach s3://no-such-bucket/prefix: there is no such bucket\."):
        VERBS[verb](store)


@pytest.mark.parametrize("verb", VERBS)
def test_an_endpoint_that_nobody_listens_on_is_a_clear_failure_soon(verb: str) -> None:
    endpoint = refused()
    store = open_store("s3://bucket/prefix", {**KEYS, "AWS_ENDPOINT_URL": endpoint})
    began = time.monotonic()

    with pytest.raises(StoreUnavailable) as raised:
        VERBS[verb](store)

    assert raised.value.message == (
        f"Cannot reach s3://bucket/prefix: no answer from {endpoint} (connection refused): "
        "check the network and AWS_ENDPOINT_URL."
    )
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAccessKeyId"])
def test_a_refusal_is_told_in_the_users_words(behind: Store, proxy: Proxy, verb: str, code: str) -> None:
    proxy.script += [Fault(403, code, method=method) for method in ("GET", "HEAD", "PUT", "POST", "DELETE")]
    asked = "403 Forbidden" if verb == "head" else code  # the answer to HEAD has no body

    with pytest.raises(StoreUnavailable) as raised:
        VERBS[verb](behind)

    assert raised.value.message == (
        f"Cannot reach {behind.url}: access is denied ({asked}): check the AWS credentials and what they may do."
    )
    assert len(proxy.seen) == 1


def test_a_bucket_of_another_region_is_told_so(behind: Store, proxy: Proxy) -> None:
    proxy.script.append(Fault(301, "PermanentRedirect", method="GET"))

    with pytest.raises(StoreUnavailable, match="the bucket is in another region: set AWS_REGION"):
        behind.get("a")


def test_a_server_that_is_broken_for_a_moment_is_asked_again(behind: Store, proxy: Proxy) -> None:
    behind.put("a", [b"x"])
    proxy.script += [Fault(503, "SlowDown", method="GET")] * 2 + [Fault(503, "SlowDown", method="HEAD")] * 2

    found = behind.get("a")

    assert found is not None
    assert found.data == b"x"
    assert behind.head("a").size == 1
    assert proxy.script == []


def test_a_server_that_stays_broken_is_named_with_its_answer(behind: Store, proxy: Proxy) -> None:
    proxy.script += [Fault(503, "SlowDown", method="GET")] * 50

    with pytest.raises(StoreUnavailable, match="answered 503 Service Unavailable SlowDown, also when asked again"):
        behind.get("a")
    assert len(proxy.seen) == 5


def test_a_conflict_on_create_is_a_lost_race(behind: Store, proxy: Proxy) -> None:
    proxy.script.append(CONFLICT)

    with pytest.raises(AlreadyExists):
        behind.put_if_absent("a", b"x")
    assert len(proxy.seen) == 1


@pytest.mark.parametrize("script", [[FAILED], [CONFLICT] * 5], ids=["412", "409 to the end"])
def test_a_conflict_on_replace_is_a_lost_race(behind: Store, proxy: Proxy, script: list[Fault]) -> None:
    etag = behind.put_if_absent("a", b"x")
    proxy.script += script

    with pytest.raises(Changed):
        behind.put_if_match("a", b"y", etag)


def test_a_conflict_on_replace_is_tried_again_first(behind: Store, proxy: Proxy) -> None:
    etag = behind.put_if_absent("a", b"x")
    proxy.script += [CONFLICT, BROKEN, CONFLICT]

    behind.put_if_match("a", b"y", etag)

    found = behind.get("a")
    assert found is not None
    assert found.data == b"y"


def test_a_write_that_took_effect_but_answered_500_looks_like_a_lost_race(behind: Store, proxy: Proxy) -> None:
    # obstore sends it again, and S3 refuses the second: so the registry must know its own writes.
    proxy.script.append(BROKEN_AFTERWARDS)
    with pytest.raises(AlreadyExists):
        behind.put_if_absent("a", b"x")

    found = behind.get("a")
    assert found is not None
    proxy.script.append(BROKEN_AFTERWARDS)
    with pytest.raises(Changed):
        behind.put_if_match("a", b"y", found.etag)


def test_an_unconditional_write_is_simply_repeated(behind: Store, proxy: Proxy) -> None:
    proxy.script.append(BROKEN_AFTERWARDS)

    behind.put("a", [b"x"])

    assert behind.head("a").size == 1


def test_an_object_of_whole_ranges_ends_with_the_last_one(behind: Store) -> None:
    block = bytes(range(256)) * 4096
    behind.put("big", [block] * 16)

    assert b"".join(behind.stream("big")) == block * 16


def test_a_large_object_is_read_in_ranges_each_of_which_may_fail(behind: Store, proxy: Proxy) -> None:
    block = bytes(range(256)) * 4096
    behind.put("big", [block] * 20)
    proxy.seen.clear()
    proxy.script += [Fault(503, "SlowDown", method="GET")] * 3

    pieces = list(behind.stream("big"))

    assert b"".join(pieces) == block * 20
    assert max(map(len, pieces)) < 5 * PIECE_BYTES, "nothing puts them together, which would be a copy"
    assert {request.headers["range"] for request in proxy.seen} == {
        "bytes=0-8388607",
        "bytes=8388608-16777215",
        "bytes=16777216-25165823",
    }
