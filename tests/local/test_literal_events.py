"""The events in `events/` are what AWS sends, and the functions answer them."""

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modelet.config import Settings
from modelet.events.answering import answer
from modelet.local.template import read_functions
from modelet.local.trigger import object_created
from modelet.predict import Models
from modelet.publish import push
from modelet.store import open_store
from tests.entrances import BALANCED, HTTP
from tests.local.samples import ROOT, Event, event_for, request_of, sam_sample
from tests.onnx_models import save, scale

EVENTS = sorted((ROOT / "events").glob("*.json"))
HTTP_API = sorted((ROOT / "events").glob("http-api-*.json"))
MADE_UP = {"accountId", "apiId", "requestId"}


def load(name: str) -> Event:
    event: Event = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event


def types(value: Any) -> Any:
    return {key: types(held) for key, held in value.items()} if isinstance(value, dict) else type(value)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """A model with the inputs and outputs of the one that the demo trains: `label` is twice `image`."""
    folder = tmp_path_factory.mktemp("digits")
    url = f"file://{folder}/store"
    push(open_store(url), save(scale(2, "image", "label", 64), folder / "digits.onnx"), "digits")
    return Models.open(Settings(url, log=False))


@pytest.mark.parametrize("path", HTTP_API, ids=lambda path: path.stem)
def test_an_http_api_event_is_the_one_that_its_request_would_make(path: Path) -> None:
    literal = load(path.stem)

    made = event_for(
        request_of(literal), *(route for f in read_functions(ROOT / "template.yaml") for route in f.routes)
    )

    for event in (literal, made):
        event["requestContext"] = {k: held for k, held in event["requestContext"].items() if k not in MADE_UP}
    assert made == literal


def test_a_function_url_event_has_the_keys_of_an_http_api_event_without_path_variables() -> None:
    expected = types(load("http-api-predict"))
    del expected["pathParameters"]

    found = types(load("function-url-predict"))

    assert {**found, "headers": None} == {**expected, "headers": None}
    assert "lambda-url" in load("function-url-predict")["requestContext"]["domainName"]


def test_a_rest_event_has_the_keys_of_the_sample_of_aws() -> None:
    sample, event = sam_sample("apigateway", "aws-proxy"), load("rest-predict")

    assert set(event) == set(sample)
    assert set(sample["requestContext"]) <= set(event["requestContext"])
    assert set(sample["requestContext"]["identity"]) <= set(event["requestContext"]["identity"])


def test_an_event_of_a_load_balancer_comes_with_single_values_or_with_lists() -> None:
    single, lists = map(load, BALANCED)

    assert lists["multiValueHeaders"] == {name: [value] for name, value in single["headers"].items()}
    assert single.keys() ^ lists.keys() == {
        "headers",
        "queryStringParameters",
        "multiValueHeaders",
        "multiValueQueryStringParameters",
    }


def test_an_upload_event_names_the_bucket_and_the_key() -> None:
    event = load("s3-upload-landed")

    assert (event["source"], event["detail-type"]) == ("aws.s3", "Object Created")
    assert event["resources"] == [f"arn:aws:s3:::{event['detail']['bucket']['name']}"]
    assert event["detail"]["object"]["key"].startswith("uploads/models/")


def test_the_event_of_a_request_that_was_left_is_the_one_that_the_local_service_makes() -> None:
    literal = load("s3-request-left")

    made = object_created(literal["detail"]["object"]["key"])

    assert types(made) == types(literal) == types(load("s3-upload-landed"))
    fixed = ("version", "detail-type", "source", "account", "region")
    assert [made[name] for name in fixed] == [literal[name] for name in fixed]
    assert made["detail"]["object"]["key"] == literal["detail"]["object"]["key"]
    assert made["resources"] == [f"arn:aws:s3:::{made['detail']['bucket']['name']}"]


@pytest.mark.parametrize("name", [*HTTP, *BALANCED])
def test_the_data_plane_answers_a_prediction_event(models: Models, name: str) -> None:
    event = load(name)
    sent = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]

    response = answer(models, event, SimpleNamespace(aws_request_id="id"))

    assert response["statusCode"] == 200, response
    assert json.loads(response["body"])["label"] == [2.0 * pixel for pixel in json.loads(sent)["image"]]


def test_the_data_plane_answers_an_open_inference_event(models: Models) -> None:
    response = answer(models, load("http-api-v2-infer"), SimpleNamespace(aws_request_id="id"))

    assert response["statusCode"] == 200, response
    (output,) = json.loads(response["body"])["outputs"]
    assert (output["name"], output["shape"]) == ("label", [1, 64])


def test_the_data_plane_answers_a_direct_invoke(models: Models) -> None:
    event = load("direct-invoke")

    response = answer(models, event, SimpleNamespace(aws_request_id="id"))

    assert response["outputs"]["label"] == [2.0 * pixel for pixel in event["inputs"]["image"]]


def test_every_event_is_tried_here() -> None:
    tried = {"direct-invoke", "function-url-predict", "rest-predict", "s3-request-left", "s3-upload-landed"}

    assert {path.stem for path in EVENTS} == {*tried, *BALANCED} | {path.stem for path in HTTP_API}
    assert len(HTTP_API) == 3
