"""The built data plane under Lambda's emulator, from its artifacts alone, with its models on an S3 server."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelet import local
from modelet.config import Settings
from modelet.events import answering
from modelet.predict import Models
from modelet.publish import push
from modelet.store import open_store
from tests import onnx_models
from tests.conftest import BUCKET, aws_variables
from tests.entrances import event, load
from tests.published import digits
from tests.stack.built import Built
from tests.stack.emulator import Function, running

HANDLER = "functions.infer.handler.handler"
EVENTS = ["http-api-predict", "http-api-base64", "http-api-v2-infer", "rest-predict", "function-url-predict"]


@pytest.fixture(scope="module")
def env(s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a deployment whose store holds the model that the events ask."""
    env = {**aws_variables(s3_endpoint), "MODELET_STORE": f"s3://{BUCKET}/stack", "ORT_DISABLE_TELEMETRY": "1"}
    path = onnx_models.save(digits(), tmp_path_factory.mktemp("model") / "digits.onnx")
    push(open_store(env["MODELET_STORE"], env), path, "digits")
    return env


@pytest.fixture(scope="module")
def function(infer: Built, env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Function]:
    with running(infer, HANDLER, env, tmp_path_factory.mktemp("function")) as function:
        yield function


def _called(env: dict[str, str], asked: object) -> Any:
    settings = Settings.from_env(env)
    return answering.answer(Models(open_store(settings.store, env), settings), asked, None)


def _without_timing(answer: dict[str, Any]) -> dict[str, Any]:
    headers = {name: value for name, value in answer.get("headers", {}).items() if name != "server-timing"}
    return {**answer, "headers": headers}


@pytest.mark.parametrize("name", EVENTS)
def test_an_http_event_is_answered_as_by_a_plain_call(function: Function, env: dict[str, str], name: str) -> None:
    answer = function.invoke(load(name))

    assert answer["statusCode"] == 200
    assert _without_timing(answer) == _without_timing(_called(env, load(name)))


def test_a_direct_invoke_is_answered_as_by_a_plain_call(function: Function, env: dict[str, str]) -> None:
    asked = load("direct-invoke")

    answer = function.invoke(asked)

    assert answer == _called(env, asked)
    assert answer["outputs"]["label"] == asked["inputs"]["image"].index(max(asked["inputs"]["image"]))


def test_the_local_service_gives_the_same_prediction(function: Function, env: dict[str, str]) -> None:
    asked = load("http-api-predict")

    answer = function.invoke(asked)
    with local.running(env["MODELET_STORE"], env=env) as address:
        request = urllib.request.Request(address + asked["rawPath"], asked["body"].encode(), asked["headers"])
        with urllib.request.urlopen(request, timeout=60) as response:
            served = response.read()

    assert answer["body"].encode() == served


def test_an_unknown_model_is_404(function: Function) -> None:
    answer = function.invoke(event("http-api-predict", "/models/no-such/predict", '{"image": [0]}'))

    assert answer["statusCode"] == 404
    assert "no-such" in answer["body"]


def test_the_second_answer_is_warm_and_the_same(infer: Built, env: dict[str, str], tmp_path: Path) -> None:
    asked = load("http-api-predict")

    with running(infer, HANDLER, env, tmp_path) as function:
        cold, warm = function.invoke(asked), function.invoke(asked)
        lines = function.lines()

    assert cold["statusCode"] == 200
    assert cold["body"] == warm["body"]
    assert [line["cold"] for line in lines] == [True, False]


def test_a_model_that_was_loaded_beforehand_answers_the_same(infer: Built, env: dict[str, str], tmp_path: Path) -> None:
    asked = load("http-api-predict")

    with running(infer, HANDLER, env | {"MODELET_PRELOAD": "digits"}, tmp_path) as function:
        answer = function.invoke(asked)

    assert (answer["statusCode"], answer["body"]) == (200, _called(env, asked)["body"])
    assert "fetch;" not in answer["headers"]["server-timing"]
