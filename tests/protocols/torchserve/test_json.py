"""TorchServe's predictions of JSON: no envelope around the request, and none around the answer."""

import subprocess
import sys
from typing import Any

import pytest

from modelet.predict import Models
from modelet.registry.changing import promote
from modelet.store import open_store
from tests.entrances import post
from tests.onnx_models import scale
from tests.protocols.torchserve.sending import URLENCODED, send
from tests.published import publish_model, serve

ROWS = [[1, 2], [3, 4]]
DOUBLED = [[2.0, 4.0], [6.0, 8.0]]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", None, "text/plain", URLENCODED]
)
def test_a_list_of_rows_is_answered_by_a_list(models: Models, kind: str | None, method: str) -> None:
    answer = send(models, "double", ROWS, kind, method)

    assert (answer.status, answer.body, answer.headers["x-modelet-version"]) == (200, DOUBLED, "1")


@pytest.mark.parametrize(
    "body",
    [
        {"x": ROWS},
        {"data": ROWS},
        {"body": ROWS},
        {"instances": ROWS},
        {"data": {"x": ROWS}},
        [{"x": [1, 2]}, {"x": [3, 4]}],
        {"instances": [{"x": [1, 2]}, {"x": [3, 4]}]},
        " \n [[1, 2], [3, 4]]\n",
    ],
)
def test_rows_may_be_named(models: Models, body: object) -> None:
    assert send(models, "double", body).body == DOUBLED


@pytest.mark.parametrize(
    ("model", "body", "prediction"),
    [
        ("double", [1, 2], [2.0, 4.0]),
        ("double", {"x": [1, 2]}, [2.0, 4.0]),
        ("text", '"foo"', "foo"),
        ("text", {"b64": "Zm9v"}, "foo"),
        ("half-of-any", "2", 4.0),
        ("add", {"a": [1, 2], "b": [3, 4]}, {"c": [4.0, 6.0], "d": [-2.0, -2.0]}),
        ("flowers", [1, 2, 3], {"label": 2, "scores": [1.0, 2.0, 3.0]}),
    ],
)
def test_one_row_alone_is_answered_alone(models: Models, model: str, body: object, prediction: Any) -> None:
    assert send(models, model, body).body == prediction


@pytest.mark.parametrize(
    ("model", "body", "prediction"),
    [
        ("add", {"a": ROWS, "b": [[0, 0], [1, 1]]}, [
            {"c": [1.0, 2.0], "d": [1.0, 2.0]},
            {"c": [4.0, 5.0], "d": [2.0, 3.0]},
        ]),
        ("total", {"x": ROWS}, {"total": 10.0, "x_again": [[1.0, 2.0], [3.0, 4.0]]}),
        ("matrix", ROWS, [[3.5, 4.0], [4.5, 5.0]]),
        ("one-row", [[1, 2, 3]], [[3.5, 4.0, 4.5]]),
        ("scalar", "0.1", 0.1),
        ("table", [{"width": 2, "height": 1}], [[2.0, 4.0]]),
        ("signals", {"tag": ["foo"], "signal": [[1, 2, 3, 4, 5]], "sensor": [[[1, 2], [3, 4]]]}, [
            {"tag_bytes": {"b64": "Zm9v"}, "echo": [1.0, 2.0, 3.0, 4.0, 5.0], "field": [[1, 2], [3, 4]]},
        ]),
    ],
)  # fmt: skip
def test_several_outputs_are_objects(models: Models, model: str, body: object, prediction: Any) -> None:
    assert send(models, model, body).body == prediction


def test_large_lists_are_read_as_arrays(models: Models) -> None:
    rows = [[index, 0.5] for index in range(1000)]

    assert send(models, "double", rows).body == [[2.0 * index, 1.0] for index in range(1000)]


@pytest.mark.parametrize(
    ("model", "body", "said"),
    [
        ("double", "", "The body is empty"),
        ("double", "[[1, 2]", "not valid JSON"),
        ("double", '[[1, 2]], "x": [[1, 2]]', "not valid JSON"),
        ("double", "[[1, 2]]} {", "not valid JSON"),
        ("double", '[[1, 2]], "data": [[3, 4]]', "given twice"),
        ("double", "[[1, NaN]]", "NaN"),
        ("double", [], "'body' must be a list of at least one instance"),
        ("double", {}, "Input 'x' is missing"),
        ("double", None, "one of them is null"),
        ("double", {"z": ROWS}, "Model 'double' has no input 'z'"),
        ("double", [[1, 2, 3]], "must have 2 elements in dimension 1, but has 3"),
        ("double", {"data": ROWS, "body": ROWS}, "has no input 'data'"),
        ("add", ROWS, "Model 'add' takes 'a', 'b': 'body' must name them"),
        ("add", "1", "Model 'add' takes 'a', 'b'"),
    ],
)
def test_what_is_wrong_is_said_in_torchserve_s_fields(models: Models, model: str, body: object, said: str) -> None:
    answer = send(models, model, body)

    assert answer.status == 400
    assert said in answer.body["message"]
    assert answer.body["error"] == answer.body["message"]
    assert (answer.body["code"], answer.body["type"]) == (400, "BadRequestException")
    assert answer.body["reason"] in ("invalid_request", "invalid_input")


@pytest.mark.parametrize(
    ("where", "status", "kind", "reason"),
    [
        ("nobody", 404, "ModelNotFoundException", "model_not_found"),
        ("double/9", 404, "ModelVersionNotFoundException", "version_not_found"),
        ("double/staging", 404, "ModelVersionNotFoundException", "alias_not_found"),
        ("double/1.5", 400, "BadRequestException", "invalid_name"),
    ],
)
def test_what_is_not_there_has_torchserve_s_type(
    models: Models, where: str, status: int, kind: str, reason: str
) -> None:
    answer = send(models, where, ROWS)

    assert (answer.status, answer.body["code"], answer.body["type"]) == (status, status, kind)
    assert answer.body["reason"] == reason


def test_versions_are_numbers_aliases_and_numbers_with_a_point() -> None:
    store = open_store("memory://torchserve-versions")
    for factor in (1.0, 2.0):
        publish_model(store, "m", scale(factor))
    promote(store, "m", 2, "canary")
    models = serve(store)

    answered = {where: send(models, f"m{where}", [[1, 1]]).body for where in ("", "/1", "/1.0", "/live")}
    newer = {where: send(models, f"m{where}", [[1, 1]]).body for where in ("/2", "/2.0", "/canary")}

    assert set(map(str, answered.values())) == {"[[1.0, 1.0]]"}
    assert set(map(str, newer.values())) == {"[[2.0, 2.0]]"}


def test_what_an_error_says_to_torchserve_s_clients_it_says_to_no_one_else() -> None:
    store = open_store("memory://torchserve-errors")
    manifest = publish_model(store, "m", scale(1.0))
    store.delete(f"models/m/blobs/{manifest.artifact.sha256}")
    models = serve(store)

    theirs = send(models, "m", ROWS)
    ours = post(models, "/models/m/predict", {"x": ROWS})

    assert (theirs.status, theirs.body["code"], theirs.body["type"]) == (500, 500, "InternalServerException")
    assert (ours.status, ours.body) == (500, {"error": theirs.body["message"], "code": theirs.body["reason"]})


def test_nobody_imports_the_reader_of_forms_who_sends_none() -> None:
    code = "import sys, modelet.protocols.torchserve; print(*{'email', 'socket'} & set(sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def test_other_methods_are_refused(models: Models) -> None:
    answer = send(models, "double", ROWS, method="GET")

    assert (answer.status, answer.headers["allow"]) == (405, "POST, PUT")
