"""What `GET /v2` promises is served, and what it does not promise is refused; and the parameters that the protocol
reserves.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from modelet.events import answering
from modelet.predict import Models
from tests.entrances import Answer, ask, event, get, post, v2
from tests.onnx_models import counting
from tests.published import publish_model, serve, zoo_store

INFER = "/v2/models/double/infer"
X = v2("x", [[1.0, 2.0]], "FP32")
FOR_EVER = 10**12


@pytest.fixture(scope="module")
def models() -> Models:
    store = zoo_store("memory://extensions")
    publish_model(store, "counting", counting())
    return serve(store)


def infer(models: Models, **rest: Any) -> Answer:
    return post(models, INFER, {"inputs": [X], **rest})


def has_binary_tensor_data(models: Models) -> bool:
    head = json.dumps({"inputs": [{**X, "data": None, "parameters": {"binary_data_size": 8}}]})
    head = head.replace('"data": null, ', "")
    asked = event("http-api-predict", INFER, head.encode() + np.array([1, 2], "<f4").tobytes())
    asked["headers"]["inference-header-content-length"] = str(len(head))
    answer = ask(models, asked)
    return answer.status == 200 and answer.body["outputs"][0]["data"] == [2.0, 4.0]


def has_classification(models: Models) -> bool:
    answer = infer(models, outputs=[{"name": "y_pred", "parameters": {"classification": 1}}])
    return bool(answer.body["outputs"][0]["data"] == ["4.000000:1"])


def has_model_configuration(models: Models) -> bool:
    return bool(get(models, "/v2/models/double/config").body["platform"] == "onnxruntime_onnx")


def has_model_repository(models: Models) -> bool:
    loaded = post(models, "/v2/repository/models/double/load", {})
    listed = post(models, "/v2/repository/index", {"ready": True})
    return loaded.status == 200 and "double" in {line["name"] for line in listed.body}


def has_parameters(models: Models) -> bool:
    return infer(models, parameters={"any": 1, "other": "text", "third": True}).status == 200


def has_statistics(models: Models) -> bool:
    before, _, after = (
        get(models, "/v2/models/double/stats").body["model_stats"][0]["execution_count"],
        infer(models),
        get(models, "/v2/models/double/stats").body["model_stats"][0]["execution_count"],
    )
    return bool(after == before + 1)


SERVED: dict[str, Callable[[Models], bool]] = {
    "binary_tensor_data": has_binary_tensor_data,
    "classification": has_classification,
    "model_configuration": has_model_configuration,
    "model_repository": has_model_repository,
    "parameters": has_parameters,
    "statistics": has_statistics,
}
REFUSED = {
    "model_repository(unload_dependents)": "POST /v2/repository/models/double/unload",
    "trace": "GET /v2/trace/setting",
    "logging": "GET /v2/logging",
    "system_shared_memory": "GET /v2/systemsharedmemory/status",
    "cuda_shared_memory": "GET /v2/cudasharedmemory/status",
}


def test_the_server_lists_what_is_served_and_nothing_else(models: Models) -> None:
    listed = get(models, "/v2").body["extensions"]

    assert listed == sorted(SERVED)
    assert {name for name, is_served in SERVED.items() if not is_served(models)} == set()
    assert set(listed).isdisjoint(REFUSED)


@pytest.mark.parametrize("route", REFUSED.values(), ids=list(REFUSED))
def test_what_is_not_listed_is_refused(models: Models, route: str) -> None:
    method, path = route.split()

    answer = ask(models, event("http-api-predict", path, None, method))

    assert (answer.status, answer.body["code"]) == (501, "not_supported")


@pytest.mark.parametrize(
    "parameters",
    [
        {"priority": 1, "sequence_id": 42, "sequence_start": True, "sequence_end": True},
        {"triton_enable_empty_final_response": True, "headers": "x"},
        {"timeout": 0},
        {"timeout": 60_000_000},
        {},
        None,
    ],
)
def test_reserved_parameters_that_mean_nothing_here_change_nothing(models: Models, parameters: object) -> None:
    assert infer(models, parameters=parameters).body == infer(models).body


@pytest.mark.parametrize("timeout", [-1, 1.5, "1000", True, None])
def test_a_timeout_is_a_number_of_microseconds(models: Models, timeout: object) -> None:
    answer = infer(models, parameters={"timeout": timeout})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert "'timeout' must be a whole number of microseconds" in answer.body["error"]


def test_an_answer_that_would_come_after_its_timeout_is_503(models: Models) -> None:
    answer = infer(models, parameters={"timeout": 1})

    assert (answer.status, answer.body["code"]) == (503, "deadline_exceeded")
    assert answer.headers["retry-after"] == "1"


class Brief:
    """What Lambda says of an invocation that has a tenth of a second left."""

    aws_request_id = "8a1b"

    def get_remaining_time_in_millis(self) -> int:
        return 100


def test_a_timeout_gives_no_more_time_than_there_is(models: Models) -> None:
    asked = {"inputs": [v2("rounds", FOR_EVER, "INT64")], "parameters": {"timeout": 10**15}}

    answer = answering.answer(
        models, event("http-api-predict", "/v2/models/counting/infer", json.dumps(asked)), Brief()
    )

    assert answer["statusCode"] == 503
