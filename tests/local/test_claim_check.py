"""The whole round over HTTP with a client that knows nothing of Modelet: what is too large for a request is uploaded
and referred to, what is too large for an answer is redirected to, both bit for bit.
"""

import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest

from modelet.local import running
from modelet.store import open_store
from modelet.store.base import Store
from tests.conftest import BUCKET, aws_variables
from tests.published import echo, publish_model

NUMBERS = np.random.default_rng(5).random((450_000, 4)).astype(np.float32)
"""Some 7 MB in binary and 15 MB in JSON: more than Lambda takes or sends either way."""
PLAIN = {"accept-encoding": "identity"}


@dataclass
class Service:
    """A service, a client that follows redirects, and the store behind it."""

    client: httpx.Client
    store: Store

    def upload(self, content: bytes) -> str:
        ticket = self.client.post("/uploads/tensors")
        assert ticket.status_code == 201
        upload = ticket.json()["upload"]
        put = self.client.request(upload["method"], upload["url"], headers=upload["headers"], content=content)
        assert put.status_code == 200, put.text
        reference: str = ticket.json()["reference"]
        return reference


@pytest.fixture(params=["folder", "s3"], scope="module")
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    env: dict[str, str] = {}
    url = f"file://{tmp_path_factory.mktemp('service')}/store"
    if request.param == "s3":
        env = aws_variables(request.getfixturevalue("s3_endpoint"))
        url = f"s3://{BUCKET}/{uuid.uuid4().hex}"
    store = open_store(url, env or None)
    publish_model(store, "rows", echo("FP32", ("N", 4)))
    with running(url, env=env) as address, httpx.Client(base_url=address, timeout=60, follow_redirects=True) as client:
        yield Service(client, store)


def npy(array: np.ndarray[Any, Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize("form", ["raw", "npy"])
def test_large_numbers_go_in_by_reference_and_come_out_by_redirect(service: Service, form: str) -> None:
    reference = service.upload(NUMBERS.tobytes() if form == "raw" else npy(np.asfortranarray(NUMBERS)))

    answer = service.client.post("/models/rows/predict", json={"x": {"reference": reference}})

    assert [step.status_code for step in answer.history] == [303]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert np.array(answer.json()["y"], np.float32).tobytes() == NUMBERS.tobytes()


def test_the_redirect_says_itself_what_lies_where(service: Service) -> None:
    reference = service.upload(NUMBERS.tobytes())
    body = {"inputs": [tensor(reference)], "outputs": [{"name": "y"}]}

    answer = service.client.post("/v2/models/rows/infer", json=body, headers=PLAIN, follow_redirects=False)

    told = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (303, told["reference"])
    assert (answer.headers["x-modelet-model"], answer.headers["x-modelet-version"]) == ("rows", "1")
    assert (told["content_type"], told["expires_in"]) == ("application/json", 3600)
    fetched = httpx.get(told["reference"], timeout=60)
    assert len(fetched.content) == told["size"] > 6 * 1024 * 1024
    assert np.array(fetched.json()["outputs"][0]["data"], np.float32).tobytes() == NUMBERS.tobytes()


def test_a_binary_answer_is_redirected_to_with_the_header_that_it_needs(service: Service) -> None:
    reference = service.upload(NUMBERS.tobytes())
    body = {"inputs": [tensor(reference)], "outputs": [{"name": "y", "parameters": {"binary_data": True}}]}

    answer = service.client.post("/v2/models/rows/infer", json=body, headers=PLAIN, follow_redirects=False)

    told = answer.json()
    fetched = httpx.get(answer.headers["location"], timeout=60)
    assert fetched.headers["content-type"] == told["content_type"] == "application/octet-stream"
    header = int(answer.headers["inference-header-content-length"])
    assert json.loads(fetched.content[:header])["outputs"][0]["shape"] == [450_000, 4]
    assert fetched.content[header:] == NUMBERS.tobytes()


def test_a_compressed_answer_stays_compressed(service: Service) -> None:
    reference = service.upload(NUMBERS.tobytes())

    answer = service.client.post(
        "/models/rows/predict", json={"x": {"reference": reference}}, headers={"accept-encoding": "gzip"}
    )

    assert [step.status_code for step in answer.history] == [303]
    assert answer.headers["content-encoding"] == "gzip"
    assert np.array(answer.json()["y"], np.float32).tobytes() == NUMBERS.tobytes()


def test_a_request_that_is_too_large_says_the_limit_and_the_way_around_it(service: Service) -> None:
    answer = service.client.post("/models/rows/predict", content=bytes(6 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
    assert "the limit is 6291456" in answer.json()["error"]
    assert "POST /uploads/tensors" in answer.json()["error"]


@pytest.mark.parametrize("size", [15, 17])
def test_an_upload_of_another_size_is_400(service: Service, size: int) -> None:
    reference = service.upload(bytes(size))

    answer = service.client.post("/models/rows/predict", json={"x": {"reference": reference}})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_nothing_but_tensors_can_be_referred_to(service: Service) -> None:
    for reference in (
        "models/rows/versions/1.json",
        "uploads/tensors/../../models/rows/versions/1.json",
        f"{service.store.url}/models/rows/versions/1.json",
        "file:///etc/passwd",
        "http://127.0.0.1/",
    ):
        answer = service.client.post("/models/rows/predict", json={"x": {"reference": reference}})

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input"), reference


def tensor(reference: str) -> dict[str, Any]:
    shape = list(NUMBERS.shape)
    return {"name": "x", "datatype": "FP32", "shape": shape, "parameters": {"reference": reference}}
