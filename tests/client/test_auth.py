"""Who asks is told to the service, and to nobody else."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from modelet.client import Bearer, Client, Iam
from modelet.errors import InvalidSetting

HEADERS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "AWS_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
}


DESCRIBED = b'{"name": "m", "inputs": []}'


class Service(ThreadingHTTPServer):
    """Answers that the answer lies at another host, and remembers who came with what."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[tuple[str, str | None, str | None]] = []


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        service = self.server
        assert isinstance(service, Service)
        host = self.headers["host"].partition(":")[0]
        service.seen.append((host, self.headers.get("authorization"), self.headers.get("x-amz-security-token")))
        if host == "127.0.0.1":
            self.send_response(303)
            self.send_header("location", f"http://localhost:{service.server_port}/elsewhere")
        else:
            self.send_response(200)
        self.send_header("content-length", str(len(DESCRIBED)))
        self.end_headers()
        self.wfile.write(DESCRIBED)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name where it is defined
        pass


@contextmanager
def asked(auth: httpx.Auth | None) -> Iterator[Service]:
    """A service that was asked for a model by somebody."""
    with Service() as service:
        Thread(target=service.serve_forever, daemon=True).start()
        with Client(f"http://127.0.0.1:{service.server_port}", auth=auth) as client:
            client.metadata("m")
        yield service
        service.shutdown()


def test_a_token_goes_to_the_service_only() -> None:
    with asked(Bearer("secret")) as service:
        assert service.seen == [("127.0.0.1", "Bearer secret", None), ("localhost", None, None)]


def test_a_token_may_be_made_for_each_request() -> None:
    tokens = iter(["first", "second"])

    with asked(Bearer(lambda: next(tokens))) as service:
        assert service.seen[0][1] == "Bearer first"


def test_nobody_says_nothing() -> None:
    with asked(None) as service:
        assert [who for _, who, _ in service.seen] == [None, None]


def test_an_aws_identity_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in HEADERS.items():
        monkeypatch.setenv(name, value)

    with asked(Iam()) as service:
        (_, signature, token), elsewhere = service.seen

    scope = r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/eu-west-1/execute-api/aws4_request, "
    assert re.match(
        scope + r"SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}", signature or ""
    )
    assert token == "token"
    assert elsewhere == ("localhost", None, None)


@pytest.mark.parametrize(
    ("missing", "message"), [("AWS_REGION", "takes a region"), ("AWS_ACCESS_KEY_ID", "no AWS identity")]
)
def test_what_is_missing_to_sign_is_told(monkeypatch: pytest.MonkeyPatch, missing: str, message: str) -> None:
    for name, value in HEADERS.items():
        monkeypatch.setenv(name, value)
    for name in (missing, "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(InvalidSetting, match=message):
        Iam()
