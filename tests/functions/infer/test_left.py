"""What the data plane says at once of a request that prefers to be answered later."""

import json
from typing import Any

import pytest

from modelet.events import answering
from modelet.predict import Models
from modelet.store.base import Store
from tests.entrances import HTTP, event
from tests.functions.infer.asking import reply, send
from tests.onnx_models import scale
from tests.published import publish_model, serve

PATH = "/models/double/predict"
BODY = '{"x": [[1, 2]]}'
LATER = {"Prefer": "respond-async"}
STAGED = {"stage": "prod", "http": {"method": "POST"}}


@pytest.fixture
def models(store: Store) -> Models:
    publish_model(store, "double", scale(2.0))
    return serve(store)


@pytest.mark.parametrize(
    "path", ["/v2/logging", "/v2/models/double/trace/setting", "/v2/systemsharedmemory/unregister"]
)
def test_what_is_not_served_is_refused_at_once(models: Models, path: str) -> None:
    assert send(models, path, "{}", {**LATER, "Idempotency-Key": "k-1"}).status == 501


@pytest.mark.parametrize(
    ("entrance", "fields"),
    [
        ("http-api-predict", {"rawPath": f"/prod{PATH}", "requestContext": STAGED}),
        ("rest-predict", {"requestContext": {"stage": "prod", "path": f"/prod{PATH}"}}),
        ("rest-predict", {"resource": PATH, "path": f"/prod{PATH}", "requestContext": {"path": f"/prod{PATH}"}}),
    ],
    ids=["stage of an HTTP API", "stage of a REST API", "base path of a domain"],
)
def test_the_place_to_look_is_below_what_the_request_came_to(
    models: Models, entrance: str, fields: dict[str, Any]
) -> None:
    asked = {**event(entrance, PATH, BODY), **fields}

    accepted = reply(answering.answer(models, {**asked, "headers": LATER, "multiValueHeaders": None}, None))

    assert accepted.headers["location"] == f"/prod/answers/{json.loads(accepted.body)['id']}"


@pytest.mark.parametrize("entrance", HTTP)
def test_without_a_stage_nothing_stands_before_the_place(models: Models, entrance: str) -> None:
    accepted = send(models, PATH, BODY, LATER, entrance=entrance)

    assert accepted.headers["location"] == f"/answers/{json.loads(accepted.body)['id']}"
