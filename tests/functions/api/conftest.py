"""The control plane of each kind of store that several processes share, and of a memory store where one is enough."""

import uuid
from pathlib import Path

import pytest

from tests.functions.api.calling import Api


@pytest.fixture(params=["folder", "s3"])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Api:
    if request.param == "folder":
        return Api(f"file://{tmp_path}/store")
    return Api(request.getfixturevalue("s3_url"), request.getfixturevalue("s3_env"))


@pytest.fixture
def folder_api(tmp_path: Path) -> Api:
    return Api(f"file://{tmp_path}/store")


@pytest.fixture
def s3_api(s3_url: str, s3_env: dict[str, str]) -> Api:
    return Api(s3_url, s3_env)


@pytest.fixture
def memory_api() -> Api:
    return Api(f"memory://{uuid.uuid4().hex}")
