"""A routing key reaches every protocol in its own way, and every answer says which version it came from."""

import json
from pathlib import Path
from typing import Any

import pytest

from modelet.predict import Models
from modelet.predict.routing import choose
from modelet.registry.changing import split
from modelet.registry.reading import current_aliases
from modelet.store import open_store
from tests.entrances import HTTP, Answer, ask, event, v2
from tests.onnx_models import scale
from tests.published import publish_model, serve

KEYS = [f"user-{number}" for number in range(12)]
HEADER = "x-modelet-routing-key"
ROW = [[1.0, 1.0]]
V2: dict[str, Any] = {"inputs": [v2("x", ROW, "FP32")]}
PATHS = {
    "/predict": {"x": ROW},
    "/models/m/predict": {"x": ROW},
    "/models/m/versions/live/predict": {"x": ROW},
    "/v2/models/m/infer": V2,
    "/v2/models/m/versions/live/infer": V2,
    "/v1/models/m:predict": {"instances": ROW},
    "/v1/models/m/labels/live:predict": {"inputs": ROW},
    "/predictions/m": {"x": ROW},
    "/predictions/m/live": {"x": ROW},
    "/invocations": {"instances": ROW},
    "/endpoints/m/invocations": {"inputs": ROW},
}


@pytest.fixture
def models(tmp_path: Path) -> Models:
    """Model `m`, split in halves: the version that answers is the factor that it multiplies by."""
    store = open_store(f"memory://{tmp_path}")
    for factor in (1.0, 2.0):
        publish_model(store, "m", scale(factor))
    split(store, "m", {1: 1, 2: 1})
    return serve(store, default_model="m")


@pytest.fixture
def expected(models: Models) -> list[str]:
    """The version for each key."""
    targets = current_aliases(models.store, "m").aliases.alias("live").targets
    led = [str(choose(targets, ("m", "live"), key).version) for key in KEYS]
    assert set(led) == {"1", "2"}
    return led


def send(models: Models, entrance: str, path: str, body: object, key: str, *, method: str = "POST") -> Answer:
    made = event(entrance, path, None if body is None else json.dumps(body), method)
    made["headers"][HEADER.title()] = key
    return ask(models, made)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("entrance", HTTP)
def test_a_header_leads_to_its_version_whatever_the_protocol(
    models: Models, expected: list[str], entrance: str, path: str
) -> None:
    answers = [send(models, entrance, path, PATHS[path], key) for key in KEYS]

    assert [answer.status for answer in answers] == [200] * len(KEYS), answers[0]
    assert [answer.headers["x-modelet-version"] for answer in answers] == expected
    assert {answer.headers["x-modelet-model"] for answer in answers} == {"m"}


def test_a_direct_invoke_has_a_key_of_its_own(models: Models, expected: list[str]) -> None:
    answers = [ask(models, {"model": "m", "inputs": {"x": ROW}, "routing_key": key}) for key in KEYS]

    assert [str(answer.body["version"]) for answer in answers] == expected
    assert [answer.body["outputs"]["y_pred"][0][0] for answer in answers] == list(map(float, expected))


def test_a_v2_parameter_goes_before_the_header(models: Models, expected: list[str]) -> None:
    answers = [
        send(models, HTTP[0], "/v2/models/m/infer", {**V2, "parameters": {"routing_key": key}}, "another")
        for key in KEYS
    ]

    assert [answer.body["model_version"] for answer in answers] == expected


def test_metadata_and_readiness_are_of_the_version_that_would_answer(models: Models, expected: list[str]) -> None:
    for path in ("/v2/models/m", "/v2/models/m/ready"):
        answers = [send(models, HTTP[0], path, None, key, method="GET") for key in KEYS]

        assert [answer.headers["x-modelet-version"] for answer in answers] == expected, path


@pytest.mark.parametrize("key", ["", "x" * 257])
def test_a_header_that_cannot_be_a_key_is_a_400(models: Models, key: str) -> None:
    answer = send(models, HTTP[0], "/models/m/predict", {"x": ROW}, key)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert "1 to 256 characters" in answer.body["error"]


@pytest.mark.parametrize("key", [7, True, ["a"], {}, "", "x" * 257])
def test_a_key_in_a_body_is_text(models: Models, key: object) -> None:
    direct = ask(models, {"model": "m", "inputs": {"x": ROW}, "routing_key": key})
    over_http = ask(
        models, event(HTTP[0], "/v2/models/m/infer", json.dumps({**V2, "parameters": {"routing_key": key}}))
    )

    assert [(answer.status, answer.body["code"]) for answer in (direct, over_http)] == [(400, "invalid_request")] * 2


def test_a_version_that_is_named_answers_whatever_the_key(models: Models) -> None:
    answers = [send(models, HTTP[0], "/models/m/versions/2/predict", {"x": ROW}, key) for key in KEYS]

    assert {answer.headers["x-modelet-version"] for answer in answers} == {"2"}


def test_a_key_of_one_request_is_none_of_the_next(models: Models) -> None:
    ones = {key: send(models, HTTP[0], "/models/m/predict", {"x": ROW}, key) for key in KEYS}
    assert len(ones) == len(KEYS)

    seen = {
        ask(models, event(HTTP[0], "/models/m/predict", json.dumps({"x": ROW}))).headers["x-modelet-version"]
        for _ in range(64)
    }

    assert seen == {"1", "2"}
