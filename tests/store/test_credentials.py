"""Who signs: keys, a profile from a real file, or the container's credentials from a real little server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from json import dumps
from pathlib import Path
from threading import Thread

import pytest

from modelet.errors import InvalidSetting, StoreUnavailable
from modelet.store import open_store
from modelet.store.credentials import find_credentials
from tests.s3_proxy import Proxy

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDSTATIC", "AWS_SECRET_ACCESS_KEY": "secret"}
CREDENTIALS_FILE = """
[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = secret

[staging]
aws_access_key_id = AKIDSTAGING
aws_secret_access_key = secret
aws_session_token = token-of-staging
"""
CONFIG_FILE = """
[profile staging]
region = eu-west-3

[profile empty]
region = eu-west-3
"""
TOKEN = "Bearer container-token"


@dataclass
class Container:
    """What the container's credential server answers, and what it was asked."""

    url: str = ""
    lives: timedelta = timedelta(hours=1)
    answer: bytes | None = None
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def container() -> Iterator[Container]:
    state = Container()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            allowed = self.headers.get("Authorization") == TOKEN
            held = {
                "AccessKeyId": f"AKIDCONTAINER{len(state.asked)}",
                "SecretAccessKey": "secret",
                "Token": "token-of-the-container",
                "Expiration": (datetime.now(UTC) + state.lives).strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            body = state.answer if state.answer is not None else dumps(held).encode()
            self.send_response(200 if allowed else 403)
            self.end_headers()
            self.wfile.write(body if allowed else b"no")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}/v1/credentials"
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture
def profiles(tmp_path: Path) -> dict[str, str]:
    """The variables that lead to a credentials file and a config file."""
    (tmp_path / "credentials").write_text(CREDENTIALS_FILE)
    (tmp_path / "config").write_text(CONFIG_FILE)
    return {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A machine on which nobody has signed in."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return {"HOME": str(tmp_path / "nobody")}


def signed(proxy: Proxy, s3_url: str, env: dict[str, str]) -> tuple[str, str | None, str]:
    """Access key, session token and region of a request that a store with these variables sends."""
    open_store(s3_url, {**env, "AWS_ENDPOINT_URL": proxy.url}).put("a", [b"x"])
    headers = proxy.seen[-1].headers
    key, _, region, *_ = headers["authorization"].split("Credential=")[1].split(",")[0].split("/")
    return key, headers.get("x-amz-security-token"), region


def test_keys_of_the_environment_are_used(proxy: Proxy, s3_url: str, bare: dict[str, str]) -> None:
    assert signed(proxy, s3_url, bare | KEYS) == ("AKIDSTATIC", None, "us-east-1")
    assert signed(proxy, s3_url, bare | KEYS | {"AWS_SESSION_TOKEN": "t"}) == ("AKIDSTATIC", "t", "us-east-1")


def test_a_profile_is_read_from_the_shared_files(
    proxy: Proxy, s3_url: str, bare: dict[str, str], profiles: dict[str, str]
) -> None:
    staging = signed(proxy, s3_url, bare | profiles | {"AWS_PROFILE": "staging"})

    assert staging == ("AKIDSTAGING", "token-of-staging", "eu-west-3")


def test_without_a_name_the_default_profile_is_used(
    proxy: Proxy, s3_url: str, bare: dict[str, str], profiles: dict[str, str]
) -> None:
    assert signed(proxy, s3_url, bare | profiles)[0] == "AKIDDEFAULT"


def test_a_region_of_the_environment_wins_over_the_profiles(
    proxy: Proxy, s3_url: str, bare: dict[str, str], profiles: dict[str, str]
) -> None:
    env = bare | profiles | {"AWS_PROFILE": "staging", "AWS_REGION": "eu-north-1"}

    assert signed(proxy, s3_url, env)[2] == "eu-north-1"


def test_keys_of_the_environment_win_over_a_profile_as_in_botocore(
    proxy: Proxy, s3_url: str, bare: dict[str, str], profiles: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.session import Session

    env = bare | profiles | KEYS | {"AWS_PROFILE": "staging"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert signed(proxy, s3_url, env)[0] == "AKIDSTATIC" == Session().get_credentials().access_key


def test_a_profile_that_is_not_there_is_named(bare: dict[str, str], profiles: dict[str, str]) -> None:
    with pytest.raises(InvalidSetting, match=r"The AWS profile cannot be used: .*\(production\) could not be found"):
        find_credentials(bare | profiles | {"AWS_PROFILE": "production"})


def test_a_profile_without_credentials_is_named(bare: dict[str, str], profiles: dict[str, str]) -> None:
    with pytest.raises(InvalidSetting, match="The AWS profile 'empty' holds no credentials"):
        find_credentials(bare | profiles | {"AWS_PROFILE": "empty"})


def test_a_container_is_asked_with_its_token(
    proxy: Proxy, s3_url: str, bare: dict[str, str], container: Container
) -> None:
    env = bare | {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN,
    }

    assert signed(proxy, s3_url, env) == ("AKIDCONTAINER1", "token-of-the-container", "us-east-1")
    assert container.asked == ["/v1/credentials"]


def test_a_containers_token_may_be_in_a_file_that_ends_with_a_newline(
    proxy: Proxy, s3_url: str, bare: dict[str, str], container: Container, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    env = bare | {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the file wins",
    }

    assert signed(proxy, s3_url, env)[0] == "AKIDCONTAINER1"


def test_a_containers_credentials_are_kept_while_they_hold_and_renewed_when_they_have_expired(
    proxy: Proxy, s3_url: str, bare: dict[str, str], container: Container
) -> None:
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN}
    for lives, asked in ((timedelta(hours=1), 1), (timedelta(seconds=-1), 4)):
        container.lives = lives
        store = open_store(s3_url, bare | env | {"AWS_ENDPOINT_URL": proxy.url})

        for _ in range(3):
            store.put("a", [b"x"])

        assert len(container.asked) == asked
        assert f"AKIDCONTAINER{asked}/" in proxy.seen[-1].headers["authorization"]


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_container_that_refuses_is_a_clear_failure(
    s3_url: str, bare: dict[str, str], container: Container, token: str
) -> None:
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": token}

    with pytest.raises(StoreUnavailable, match=r"container's credentials cannot be read.*403"):
        open_store(s3_url, bare | env).get("a")


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b'{"AccessKeyId": "a", "SecretAccessKey": "b"}', b"\xff"])
def test_a_container_that_answers_nonsense_is_a_clear_failure(
    s3_url: str, bare: dict[str, str], container: Container, answer: bytes
) -> None:
    container.answer = answer
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN}

    with pytest.raises(StoreUnavailable, match="container's credentials cannot be read"):
        open_store(s3_url, bare | env).get("a")


def test_a_relative_address_is_one_of_the_containers_host(bare: dict[str, str]) -> None:
    found = find_credentials(bare | {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/abc"})

    assert getattr(found.provider, "url", None) == "http://169.254.170.2/v2/credentials/abc"


def test_keys_and_profiles_win_over_the_container(
    proxy: Proxy, s3_url: str, bare: dict[str, str], container: Container, profiles: dict[str, str]
) -> None:
    env = bare | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": TOKEN}

    assert signed(proxy, s3_url, env | KEYS)[0] == "AKIDSTATIC"
    assert signed(proxy, s3_url, env | profiles | {"AWS_PROFILE": "staging"})[0] == "AKIDSTAGING"
    assert container.asked == []
