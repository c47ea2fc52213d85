"""Who answers, in which content type, and how it fails: what SageMaker's and MLflow's clients look at."""

import json
import sys
from typing import Any

import numpy as np
import pytest

from modelet.messages import InferResponse
from modelet.predict import Models
from modelet.protocols.invocations.predictions import encode
from modelet.registry.changing import split
from modelet.store import open_store
from tests.onnx_models import scale
from tests.protocols.invocations.invoking import Answer, invoke
from tests.published import publish_model, serve

ROWS = {"instances": [[1.0, 2.0]]}
ONCE, TWICE, THRICE = [[1.0, 2.0]], [[2.0, 4.0]], [[3.0, 6.0]]
INVOKED = "x-amzn-invoked-production-variant"


def endpoint(models: Models, path: str, **headers: str) -> Answer:
    return invoke(models, ROWS, path=f"/endpoints/{path}/invocations", **headers)


def test_the_default_model_answers(models: Models) -> None:
    answer = invoke(models, ROWS)

    assert answer.predictions == TWICE
    assert answer.headers["x-modelet-model"] == "plain"


@pytest.mark.parametrize("target", ["versions", "/versions", "versions.tar.gz"])
def test_a_target_model_answers_instead(models: Models, target: str) -> None:
    assert invoke(models, ROWS, X_Amzn_SageMaker_Target_Model=target).predictions == ONCE
    assert endpoint(models, "plain", X_Amzn_SageMaker_Target_Model=target).predictions == ONCE


def test_a_deployment_may_name_a_version_of_its_default_model(models: Models) -> None:
    pinned = Models(models.store, models.settings._replace(default_model="versions@2"))

    assert invoke(pinned, ROWS).predictions == THRICE
    assert invoke(pinned, ROWS, X_Amzn_SageMaker_Target_Variant="1").predictions == ONCE


def test_without_a_default_model_it_is_said_how_to_name_one(models: Models) -> None:
    nameless = Models(models.store, models.settings._replace(default_model=None))

    answer = invoke(nameless, ROWS)

    assert "set MODELET_DEFAULT_MODEL" in answer.error
    assert "x-amzn-sagemaker-target-model" in answer.error
    assert invoke(nameless, ROWS, X_Amzn_SageMaker_Target_Model="plain").predictions == TWICE


@pytest.mark.parametrize(("variant", "factor"), [("1", ONCE), ("live", ONCE), ("2", THRICE)])
def test_a_variant_is_a_version_or_an_alias(models: Models, variant: str, factor: object) -> None:
    answers = [
        endpoint(models, "versions", X_Amzn_SageMaker_Target_Variant=variant),
        endpoint(models, f"versions/versions/{variant}"),
    ]

    for answer in answers:
        assert answer.predictions == factor
        assert answer.headers[INVOKED] == answer.headers["x-modelet-version"]


def test_the_only_variant_of_an_endpoint_is_what_is_live(models: Models) -> None:
    """The name that SageMaker's SDK gives it: model.py of sagemaker-python-sdk, `deploy`."""
    assert endpoint(models, "versions", X_Amzn_SageMaker_Target_Variant="AllTraffic").predictions == ONCE
    assert endpoint(models, "versions", X_Amzn_SageMaker_Target_Variant="alltraffic").status == 404


def test_one_version_of_a_split_alias_reads_the_request_and_answers_it() -> None:
    store = open_store("memory://invocations-split")
    publish_model(store, "m", scale(1.0))
    publish_model(store, "m", scale(1.0, "renamed"))
    split(store, "m", {1: 0.5, 2: 0.5})
    models = serve(store)

    answers = [endpoint(models, "m") for _ in range(40)]

    assert {answer.headers[INVOKED] for answer in answers} == {"1", "2"}
    assert all(answer.predictions == ONCE for answer in answers)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/csv", "text/csv"),
        ("Text/CSV;charset=utf-8", "text/csv"),
        ("text/*", "text/csv"),
        ("text/html, text/csv;q=0.5", "text/csv"),
        ("text/csv;q=0.1, application/json;q=0.9", "application/json"),
        ("text/csv;q=0, */*;q=0.1", "application/json"),
        ("application/json;q=0, */*", "text/csv"),
        ("application/json; q = 0.1, text/csv", "text/csv"),
        ("application/jsonlines", "application/jsonlines"),
        ("application/x-ndjson", "application/x-ndjson"),
    ],
)
def test_the_caller_chooses_the_content_type(models: Models, accept: str, kind: str) -> None:
    answer = invoke(models, ROWS, accept=accept)

    assert (answer.status, answer.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize(
    "accept", ["image/png", "application/x-npz, text/html", "application/json;q=0", "*/*;q=x", ","]
)
def test_a_content_type_that_there_is_not_is_406(models: Models, accept: str) -> None:
    answer = invoke(models, ROWS, accept=accept)

    assert (answer.status, answer.json["code"]) == (406, "not_acceptable")
    assert "accept one of application/json, text/csv, application/jsonlines" in answer.json["error"]


@pytest.mark.parametrize("kind", ["application/jsonlines", "application/x-ndjson"])
def test_lines_of_json_come_in_and_go_out(models: Models, kind: str) -> None:
    answer = invoke(models, '{"features": [1, 2]}\n' * 2, kind, accept="application/jsonlines")
    rows = invoke(models, "[1, 2]\r\n\n[3, 4]", kind, accept="application/jsonlines")

    assert answer.text == "[2.0,4.0]\n[2.0,4.0]\n"
    assert rows.text == "[2.0,4.0]\n[6.0,8.0]\n"


@pytest.mark.parametrize("shape", [(3,), (1, 1), (3, 2), (2, 1, 2), (2, 0), (0, 2), ()], ids=str)
@pytest.mark.parametrize("spelled", [False, True])
def test_each_line_is_what_json_says_of_the_row(shape: tuple[int, ...], spelled: bool) -> None:
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    array = np.where(array == 0, np.float32(np.nan), array / np.float32(8))

    for outputs in ({"y": array}, {"y": array, "z": np.isnan(array)}):
        answer = InferResponse("m", 1, outputs, non_finite="string" if spelled else None)
        lines = encode(answer, "application/jsonlines", {}).body.splitlines()
        whole = json.loads(encode(answer, "application/json", {}).body)["predictions"]

        assert list(map(json.loads, lines)) == (whole if isinstance(whole, list) else [whole])


@pytest.mark.parametrize("shape", [(10_000,), (10_000, 2)], ids=str)
def test_a_line_costs_no_call_of_its_own(shape: tuple[int, ...]) -> None:
    answer, calls = InferResponse("m", 1, {"y": np.zeros(shape, np.float32)}), list[str]()
    sys.setprofile(lambda _frame, event, called: calls.append(event) if event in ("call", "c_call") else None)
    try:
        encode(answer, "application/jsonlines", {})
    finally:
        sys.setprofile(None)

    assert len(calls) < 100


def test_lines_of_records_are_a_table(models: Models) -> None:
    lines = '{"age": 1, "height": 2, "weight": 3}\n{"weight": 6, "age": 4, "height": 5}'
    path = "/endpoints/named/invocations"

    answer = invoke(models, lines, "application/jsonlines", path, accept="application/jsonlines")
    several = invoke(models, '{"a": [1, 2], "b": [0, 0]}', "application/jsonlines", "/endpoints/add/invocations")

    assert answer.text == "[1.0,2.0,3.0]\n[4.0,5.0,6.0]\n"
    assert several.predictions == [{"c": [1.0, 2.0], "d": [1.0, 2.0]}]


def test_text_in_a_line_may_hold_brackets(models: Models) -> None:
    answer = invoke(models, '["[", "a"]\n["}", "]"]', "application/jsonlines", "/endpoints/words/invocations")

    assert answer.predictions == [["[", "a"], ["}", "]"]]


@pytest.mark.parametrize(
    "lines", ["[1, 2], [3, 4]", "[1, 2]\n[3, 4], [5, 6]", "[1, 2\n3, 4]", "[1\n2],[3,4]", '[1, 2]], "params": [1']
)
def test_a_line_holds_one_value(models: Models, lines: str) -> None:
    assert any(said in invoke(models, lines, "application/jsonlines").error for said in ("lines", "not valid", "more"))


@pytest.mark.parametrize(
    "kind", ["application/x-npz", "text/plain", "application/octet-stream", "text/csv; charset=latin-1"]
)
def test_a_content_type_that_is_not_read_is_415(models: Models, kind: str) -> None:
    answer = invoke(models, "1,2", kind)

    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("path", "body", "status", "codes"),
    [
        ("/invocations", {}, 400, ("invalid_request", "BAD_REQUEST")),
        ("/endpoints/nobody/invocations", ROWS, 404, ("model_not_found", "RESOURCE_DOES_NOT_EXIST")),
        ("/endpoints/plain/versions/9/invocations", ROWS, 404, ("version_not_found", "RESOURCE_DOES_NOT_EXIST")),
        ("/endpoints/a%20b/invocations", ROWS, 400, ("invalid_name", "BAD_REQUEST")),
    ],
)
def test_errors_speak_to_clients_of_mlflow_too(
    models: Models, path: str, body: Any, status: int, codes: tuple[str, str]
) -> None:
    answer = invoke(models, body, path=path)

    assert (answer.status, (answer.json["code"], answer.json["error_code"])) == (status, codes)
    assert answer.json["message"] == answer.json["error"]


def test_what_an_error_says_to_them_it_says_to_no_one_else() -> None:
    store = open_store("memory://invocations-errors")
    manifest = publish_model(store, "m", scale(1.0))
    store.delete(f"models/m/blobs/{manifest.artifact.sha256}")
    models = serve(store)

    theirs = invoke(models, ROWS, path="/endpoints/m/invocations")
    ours = invoke(models, {"x": [[1.0, 2.0]]}, path="/models/m/predict")

    assert (theirs.status, theirs.json["error_code"]) == (500, "INTERNAL_ERROR")
    assert (ours.status, set(ours.json)) == (500, {"error", "code"})
    assert json.loads(ours.text)["error"] == theirs.json["message"]
