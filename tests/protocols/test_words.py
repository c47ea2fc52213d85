"""Errors in the words of the protocol that was spoken, whatever is wrong and wherever that is found out; no others hear
them.
"""

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

from modelet.events import answering
from modelet.predict import Models
from modelet.store import open_store
from modelet.store.base import Store
from tests.entrances import event
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.watched_store import WatchedStore

LIMIT = 4000
TORCHSERVE = "/predictions/double"
MLFLOW = "/invocations"
SAGEMAKER = "/endpoints/double/invocations"
Json = dict[str, Any]

TYPES = {
    400: {"BadRequestException"},
    404: {"ModelNotFoundException", "ResourceNotFoundException"},
    405: {"MethodNotAllowedException"},
    413: {"BadRequestException"},
    415: {"BadRequestException"},
    500: {"InternalServerException"},
}
ERROR_CODES = {404: "RESOURCE_DOES_NOT_EXIST", 500: "INTERNAL_ERROR"}


@pytest.fixture(scope="module")
def store() -> Store:
    made = open_store("memory://words")
    publish_model(made, "double", scale(2.0))
    return made


@pytest.fixture(scope="module")
def models(store: Store) -> Models:
    return serve(store, max_body_bytes=LIMIT, max_inflated_bytes=LIMIT, default_model="double")


def ask(
    models: Models, path: str, body: bytes = b"[[1, 2]]", method: str = "POST", headers: Mapping[str, str] | None = None
) -> tuple[int, Json]:
    asked = event("http-api-predict", path, body.decode("latin-1"), method)
    asked["headers"].update(headers or {})
    if headers and "content-encoding" in headers:
        asked.update(body=base64.b64encode(body).decode(), isBase64Encoded=True)
    answer = answering.answer(models, asked, None)
    said: Json = json.loads(answer["body"])
    return answer["statusCode"], said


WRONG: dict[str, tuple[int, str, Json]] = {
    "a body that is no JSON": (400, "invalid_request", {"body": b"{"}),
    "a body that is too large": (413, "payload_too_large", {"body": b" " * (LIMIT + 1)}),
    "a body that becomes too large": (
        413,
        "payload_too_large",
        {"body": gzip.compress(b" " * (LIMIT + 1)), "headers": {"content-encoding": "gzip"}},
    ),
    "another encoding": (415, "unsupported_media_type", {"headers": {"content-encoding": "br"}}),
    "another method": (405, "method_not_allowed", {"method": "DELETE"}),
    "what cannot be a key": (400, "invalid_request", {"headers": {"idempotency-key": "é"}}),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("path", [TORCHSERVE, MLFLOW, SAGEMAKER, "/v2/models/double/infer", "/models/double/predict"])
def test_each_protocol_s_clients_read_their_words(models: Models, path: str, wrong: str) -> None:
    status, code, asked = WRONG[wrong]

    answered, said = ask(models, path, **asked)

    assert (answered, stable(path, status, said)) == (status, code)


def stable(path: str, status: int, said: Json) -> str:
    """The stable word of an error, after checking that it says whatever its protocol has, and no more."""
    own = set(said) - {"error", "code", "request_id"}
    if path.startswith(("/v2/", "/models/")):
        assert own == set()
        return str(said["code"])
    assert said["message"] == said["error"]
    if path.startswith("/predictions"):
        assert own == {"type", "message", "reason"}
        assert (said["code"], said["type"]) in {(status, kind) for kind in TYPES[status]}
        return str(said["reason"])
    assert own == {"error_code", "message"}
    assert said["error_code"] == ERROR_CODES.get(status, "BAD_REQUEST")
    return str(said["code"])


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/predictions/nobody", "model_not_found"),
        ("/predictions/double/1/2", "route_not_found"),
        ("/predictions", "route_not_found"),
        ("/endpoints/nobody/invocations", "model_not_found"),
        ("/endpoints/double/invocations-async", "route_not_found"),
        ("/invocations/double", "route_not_found"),
    ],
)
def test_what_is_not_there_is_said_in_their_words(models: Models, path: str, code: str) -> None:
    answered, said = ask(models, path)

    assert (answered, stable(path, 404, said)) == (404, code)


@pytest.mark.parametrize("path", [TORCHSERVE, MLFLOW, SAGEMAKER])
def test_a_body_that_cannot_be_read_is_refused_in_their_words(models: Models, path: str) -> None:
    asked = event("http-api-base64", path, None)
    asked["body"] = "no base64"

    answer = answering.answer(models, asked, None)

    assert stable(path, 400, json.loads(answer["body"])) == "invalid_request"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TORCHSERVE, b"[[1, 2]]"),
        (MLFLOW, b'{"inputs": [[1, 2]]}'),
        (SAGEMAKER, b"[[1, 2]]"),
        ("/models/double/predict", b'{"x": [[1, 2]]}'),
    ],
)
def test_an_unexpected_failure_is_said_in_their_words(store: Store, path: str, body: bytes) -> None:
    def fail(verb: str, key: str) -> None:
        raise ZeroDivisionError("internals")

    answered, said = ask(serve(WatchedStore(store, fail), default_model="double"), path, body)

    assert (answered, stable(path, 500, said)) == (500, "internal")
    assert "internals" not in str(said)


@pytest.mark.parametrize("path", [TORCHSERVE, SAGEMAKER])
def test_a_mistake_that_is_made_again_is_answered_in_the_same_words(models: Models, path: str) -> None:
    headers = {"idempotency-key": f"words of {path}"}

    first, again = (ask(models, path, b"{", headers=headers) for _ in range(2))

    assert first == again
    assert stable(path, *again) == "invalid_request"
