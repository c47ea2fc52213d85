"""The examples of the OpenAPI document, which the page fills its forms with, work as they stand."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import requests
from onnx import helper

from functions.api.dataplane import OPERATIONS, Operation
from modelet.local import running
from modelet.publish import push
from modelet.store import open_store
from tests.clients.asking import ENV
from tests.clients.models import publish
from tests.functions.api.calling import Api
from tests.onnx_models import model, save, tensor

MODEL_OF = {"regress": "total"}
REFUSED = "explain"
WITH_BODIES = [operation for operation in OPERATIONS if operation.body]


class Example(NamedTuple):
    operation: Operation
    media_type: str
    body: str


def examples() -> Iterator[Example]:
    document = Api(f"memory://{uuid.uuid4().hex}").get("/openapi.json")
    for operation in WITH_BODIES:
        content = document["paths"][operation.path][operation.method.lower()]["requestBody"]["content"]
        for media_type, held in content.items():
            schema = held["schema"]
            if "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            for example in schema.get("examples", []):
                yield Example(operation, media_type, example if isinstance(example, str) else json.dumps(example))


EXAMPLES = list(examples())


def total() -> Any:
    nodes = [helper.make_node("ReduceSum", ["x", "axes"], ["total"], keepdims=1)]
    return model(nodes, [tensor("x", ("N", 2))], [tensor("total", ("N", 1))], {"axes": np.array([1], np.int64)})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("examples")
    store = open_store(f"file://{folder}/store")
    publish(store, folder)
    push(store, save(total(), folder / "total.onnx"), "total")
    with running(store.url, env=ENV) as address:
        yield address


def test_every_prediction_has_an_example() -> None:
    shown = {(example.operation.method, example.operation.path) for example in EXAMPLES}

    assert shown == {(operation.method, operation.path) for operation in WITH_BODIES if operation.predicts}


def named(example: Example) -> str:
    return f"{example.operation.method} {example.operation.path} {example.media_type}"


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_an_example_works_as_it_stands(service: str, example: Example) -> None:
    method, template = example.operation[:2]
    verb = template.rpartition(":")[2]
    path = template.format(model=MODEL_OF.get(verb, "double"), ref="live" if "labels" in template else "1")
    kind = {"content-type": example.media_type}

    answered = requests.request(method, service + path, data=example.body, headers=kind, timeout=30)

    assert answered.status_code == (501 if verb == REFUSED else 200), answered.text
