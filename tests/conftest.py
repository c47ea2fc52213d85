"""What many tests share: one moto server, its AWS variables, and a store of each kind."""

import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelet.store import open_store
from modelet.store.base import Store
from tests.servers import make_bucket, moto_server

BUCKET = "modelet-test"

# A shell that runs the tests in the background has SIGINT ignored, and so would every process that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def aws_variables(endpoint: str) -> dict[str, str]:
    """The environment of a process that talks to the S3 server at `endpoint`."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with moto_server() as url:
        make_bucket(url, BUCKET)
        yield url


@pytest.fixture
def s3_env(s3_endpoint: str) -> dict[str, str]:
    return aws_variables(s3_endpoint)


@pytest.fixture
def s3_url() -> str:
    """A place in the bucket that no other test uses."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture(params=["memory", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A fresh store of each kind."""
    if request.param == "memory":
        return open_store(f"memory://{uuid.uuid4().hex}")
    if request.param == "folder":
        return open_store(f"file://{tmp_path}/store")
    return open_store(request.getfixturevalue("s3_url"), request.getfixturevalue("s3_env"))
