"""The policy for NaN and Infinity in every JSON protocol: header, parameter and key."""

import json
from typing import Any

import numpy as np
import pytest

from modelet.predict import Models
from modelet.store import open_store
from tests.entrances import Answer, ask, event
from tests.published import echo, publish_model, serve

HEADER = "x-modelet-non-finite"
WORDS: list[list[Any]] = [["NaN", 1.5], ["Infinity", "-Infinity"]]
NULLS = [[None, 1.5], [None, None]]
FLAT = [*WORDS[0], *WORDS[1]]


def v2(held: Any, **parameters: Any) -> Any:
    tensor = {"name": "x", "datatype": "FP32", "shape": [2, 2], "data": held}
    return {"inputs": [tensor], **({"parameters": parameters} if parameters else {})}


PROTOCOLS: dict[str, tuple[str, Any, Any]] = {
    "simple": ("/models/m/predict", lambda held: {"x": held}, lambda body: body["y"]),
    "v2": (
        "/v2/models/m/infer",
        v2,
        lambda body: np.reshape(np.array(body["outputs"][0]["data"], object), (2, 2)).tolist(),
    ),
    "v1-rows": ("/v1/models/m:predict", lambda held: {"instances": held}, lambda body: body["predictions"]),
    "v1-columns": ("/v1/models/m:predict", lambda held: {"inputs": {"x": held}}, lambda body: body["outputs"]),
    "torchserve": ("/predictions/m", lambda held: {"data": held}, lambda body: body),
    "instances": ("/endpoints/m/invocations", lambda held: {"instances": held}, lambda body: body["predictions"]),
    "inputs": ("/endpoints/m/invocations", lambda held: {"inputs": {"x": held}}, lambda body: body["predictions"]),
    "split": (
        "/endpoints/m/invocations",
        lambda held: {"dataframe_split": {"data": held}},
        lambda body: body["predictions"],
    ),
}


@pytest.fixture(scope="module")
def models() -> Models:
    store = open_store("memory://non-finite")
    publish_model(store, "m", echo("FP32", ("N", 2)))
    return serve(store)


def post(models: Models, path: str, body: Any, policy: str | None) -> Answer:
    asked = event("http-api-predict", path, json.dumps(body))
    asked["headers"] = {"content-type": "application/json"} | ({} if policy is None else {HEADER: policy})
    return ask(models, asked)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("policy", "held"), [("string", WORDS), ("null", NULLS)])
def test_what_comes_in_by_a_policy_goes_out_by_it(models: Models, protocol: str, policy: str, held: Any) -> None:
    path, wrap, unwrap = PROTOCOLS[protocol]

    answer = post(models, path, wrap(held), policy)

    assert (answer.status, unwrap(answer.body)) == (200, held)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_null_is_an_empty_text_by_the_policy_null_and_refused_without(protocol: str) -> None:
    store = open_store(f"memory://texts-{protocol}")
    publish_model(store, "m", echo("BYTES", ("N", 2)))
    texts = serve(store)
    path, wrap, unwrap = PROTOCOLS[protocol]
    asked = wrap([["a", None], [None, ""]])
    if protocol == "v2":
        asked["inputs"][0]["datatype"] = "BYTES"

    answer = post(texts, path, asked, "null")
    refused = [post(texts, path, asked, policy).status for policy in (None, "string", "error")]

    assert (answer.status, unwrap(answer.body)) == (200, [["a", ""], ["", ""]])
    assert refused == [400, 400, 400]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_a_policy_neither_comes_in(models: Models, protocol: str) -> None:
    path, wrap, _ = PROTOCOLS[protocol]

    for held, policy in ((NULLS, "null"), (WORDS, "string")):
        answer = post(models, path, wrap(held), None)

        assert (answer.status, f"{HEADER}: {policy}" in answer.body["error"]) == (400, True)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_unknown_policy_is_refused(models: Models, protocol: str) -> None:
    path, wrap, _ = PROTOCOLS[protocol]

    answer = post(models, path, wrap([[1, 2], [3, 4]]), "nan")

    assert (answer.status, "there are null, string, error" in answer.body["error"]) == (400, True)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_policies_change_nothing_of_finite_numbers(models: Models, protocol: str) -> None:
    path, wrap, _ = PROTOCOLS[protocol]

    answers = [post(models, path, wrap([[0.1, 2], [3, 4]]), policy) for policy in (None, "null", "string", "error")]

    assert [answer.body for answer in answers] == [answers[0].body] * 4
    assert answers[0].status == 200


def test_a_v2_parameter_and_a_direct_key_are_policies_too_and_stronger_than_a_header(models: Models) -> None:
    by_parameter = post(models, "/v2/models/m/infer", v2(FLAT, non_finite="string"), "null")
    direct = ask(models, {"model": "m", "inputs": {"x": WORDS}, "non_finite": "string"})

    assert by_parameter.body["outputs"][0]["data"] == FLAT
    assert direct.body["outputs"]["y"] == WORDS


@pytest.mark.parametrize("policy", ["nan", 7, "", ["null"]])
def test_an_unknown_parameter_or_key_is_refused(models: Models, policy: Any) -> None:
    for answer in (
        post(models, "/v2/models/m/infer", v2([1, 2, 3, 4], non_finite=policy), None),
        ask(models, {"model": "m", "inputs": {"x": [1, 2]}, "non_finite": policy}),
    ):
        assert (answer.status, "there are null, string, error" in answer.body["error"]) == (400, True)


def test_an_output_that_is_not_finite_can_be_an_error(models: Models) -> None:
    made = [{"name": "x", "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": 8}}]
    head = json.dumps({"inputs": made}).encode()
    asked = event("http-api-predict", "/v2/models/m/infer", head + np.array([np.nan, np.inf], np.float32).tobytes())

    answers = []
    for policy in ("error", "null", "string"):
        asked["headers"] = {"inference-header-content-length": str(len(head)), HEADER: policy}
        answers.append(ask(models, asked))

    assert (answers[0].status, answers[0].body["code"]) == (422, "not_finite")
    assert "'y' holds 2 numbers that are not finite" in answers[0].body["error"]
    assert [answer.body["outputs"][0]["data"] for answer in answers[1:]] == [[None, None], ["NaN", "Infinity"]]
