"""Requests that are generated from the OpenAPI document: no answer is a failure of the server, and each is one that the
document tells of, by its status, its content type and its schema.
"""

import copy
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from functions.api.application import make_app
from functions.api.dataplane import OPERATIONS
from functions.api.deployment import Deployment
from modelet.config import Settings
from modelet.local import running
from modelet.store import open_store
from tests.clients.asking import ENV
from tests.clients.models import SAME, publish

EXAMPLES = 20
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
MODELS = ("double", "classes", *(f"same-{name}" for name in SAME))
REFS = ("1", "live", "2", "9", "nobody")
DESCRIBED = (
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
NOT_SERVED = 501
NOT_IN_PATHS = str.maketrans("%?", "__")
"""What API Gateway, which decodes paths twice, refuses or cuts off by itself."""


def document() -> dict[str, Any]:
    store = open_store(f"memory://{uuid.uuid4().hex}")
    held: dict[str, Any] = make_app(Deployment(store, Settings(store=store.url, log=False), {})).openapi()
    return narrowed(held)


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with requests whose inputs the models have, so that some of them come to be predictions."""
    narrow: dict[str, Any] = json.loads(json.dumps(document))  # without the parts that schemas share
    schemas = narrow["components"]["schemas"]
    asked = copy.deepcopy(schemas["InferenceRequest"])
    tensor = asked["properties"]["inputs"]["items"]["properties"]
    tensor["name"], tensor["shape"]["items"] = {"enum": ["x"]}, {"enum": [1, 2, 3]}
    known = {"Tensors": {"type": "object", "properties": {"x": {}}, "required": ["x"]}, "InferenceRequest": asked}
    for operation in OPERATIONS:
        if operation.body in known:
            body = narrow["paths"][operation.path][operation.method.lower()]["requestBody"]
            body["content"]["application/json"]["schema"] = known[operation.body]
    return narrow


def chosen() -> Iterator[Any]:
    """Every operation of the data plane, and those of the control plane that change nothing."""
    predicting = {(operation.method, operation.path) for operation in OPERATIONS}
    for result in schemathesis.openapi.from_dict(document()).get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.method == "get" or (operation.method.upper(), operation.path) in predicting:
            yield operation


CHOSEN = list(chosen())
WAYS = [(it, mode) for it in CHOSEN for mode in MODES if mode.is_positive or it.body or it.query]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("generated")
    url = f"file://{folder}/store"
    publish(open_store(url), folder)
    with running(url, env=ENV) as address:
        yield address


@pytest.mark.parametrize(("operation", "mode"), WAYS, ids=lambda held: getattr(held, "label", held))
def test_whatever_the_document_lets_send_is_answered_as_it_says(service: str, operation: Any, mode: Any) -> None:
    @seed(4)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), known=st.data())
    def ask(case: Any, known: st.DataObject) -> None:
        aim(case, known)
        response = case.call(base_url=service)
        checks = DESCRIBED if response.status_code == NOT_SERVED else (not_a_server_error, *DESCRIBED)
        case.validate_response(response, checks=list(checks))

    ask()


def aim(case: Any, known: st.DataObject) -> None:
    """Have most requests name a model that there is, and half of them nothing but their body."""
    for name, held in (("model", MODELS), ("ref", REFS)):
        if name in case.path_parameters and known.draw(st.integers(0, 3)):
            case.path_parameters[name] = known.draw(st.sampled_from(held))
    for name, value in case.path_parameters.items():
        case.path_parameters[name] = str(value).translate(NOT_IN_PATHS)
    if known.draw(st.booleans()):
        case.headers.clear()
