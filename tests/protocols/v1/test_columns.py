"""Columns: `inputs` in, `outputs` out, and `predictions` beside them where KServe's clients ask in the same way."""

from typing import Any

import numpy as np
import pytest

from modelet.messages import HttpRequest
from modelet.predict import Models
from modelet.protocols.tensors import parse_tensors
from tests.entrances import Answer, post

COLUMNS = {
    "tag": ["foo", {"b64": "YmFy"}],
    "signal": [[1, 2, 3, 4, 5], [3, 4, 1, 2, 5]],
    "sensor": [[[1, 2], [3, 4]], [[4, 5], [6, 8]]],
}


def predict(models: Models, model: str, inputs: Any) -> Answer:
    return post(models, f"/v1/models/{model}:predict", {"inputs": inputs})


def test_tensors_by_name_are_answered_by_name(models: Models) -> None:
    assert predict(models, "signals", COLUMNS).body == {
        "outputs": {
            "tag_bytes": [{"b64": "Zm9v"}, {"b64": "YmFy"}],
            "echo": [[1.0, 2.0, 3.0, 4.0, 5.0], [3.0, 4.0, 1.0, 2.0, 5.0]],
            "field": [[[1, 2], [3, 4]], [[4, 5], [6, 8]]],
        }
    }


def test_one_output_loses_its_name(models: Models) -> None:
    assert predict(models, "double", {"x": [[1, 2]]}).body == {"outputs": [[2.0, 4.0]]}


@pytest.mark.parametrize(
    ("model", "inputs", "outputs", "predictions"),
    [
        ("double", [[1, 2], [3, 4]], [[2.0, 4.0], [6.0, 8.0]], [[2.0, 4.0], [6.0, 8.0]]),
        ("scalar", 0.1, 0.1, 0.1),
        ("text", [{"b64": "Zm9v"}], ["foo"], ["foo"]),
        (
            "flowers",
            [[0.25, 1.0, 0.5]],
            {"label": [1], "scores": [[0.25, 1.0, 0.5]]},
            [{"label": 1, "scores": [0.25, 1.0, 0.5]}],
        ),
        ("total", [[1, 2]], {"total": 3.0, "x_again": [[1.0, 2.0]]}, {"total": 3.0, "x_again": [[1.0, 2.0]]}),
    ],
)
def test_a_bare_tensor_is_answered_as_both_do(
    models: Models, model: str, inputs: Any, outputs: Any, predictions: Any
) -> None:
    assert predict(models, model, inputs).body == {"outputs": outputs, "predictions": predictions}


def test_a_list_of_objects_can_only_be_kserve_s_rows(models: Models) -> None:
    assert predict(models, "add", [{"a": [1, 2], "b": [3, 4]}]).body == {
        "predictions": [{"c": [4.0, 6.0], "d": [-2.0, -2.0]}]
    }


def test_columns_need_not_have_the_same_first_dimension(models: Models) -> None:
    assert predict(models, "total", {"x": [[1, 2], [3, 4]]}).body == {
        "outputs": {"total": 10.0, "x_again": [[1.0, 2.0], [3.0, 4.0]]}
    }


@pytest.mark.parametrize(
    ("model", "inputs", "said"),
    [
        ("add", [[1, 2]], "Model 'add' takes 'a', 'b': 'inputs' must name them"),
        ("add", {"a": [[1, 2]]}, "Input 'b' is missing"),
        ("add", {"a": [[1, 2]], "b": [[1, 2]], "c": 1}, "Model 'add' has no input 'c'"),
        ("add", {"a": [[1, 2]], "b": [[1, 2], [3, 4]]}, "All inputs must have the same number of rows"),
        ("double", {}, "Input 'x' is missing"),
        ("double", [1, 2], "Input 'x' must have 2 dimensions [-1, 2], but has 1 [2]"),
        ("double", None, "one of them is null"),
        ("double", {"x": {"y": [1, 2]}}, "one of them is an object"),
        ("double", {"x": {"reference": 1}}, "'reference' that is no text"),
    ],
)
def test_what_cannot_be_columns_is_named(models: Models, model: str, inputs: Any, said: str) -> None:
    answer = predict(models, model, inputs)

    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert said in answer.body["error"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "it has neither"),
        ({"instances": [[1, 2]], "inputs": [[1, 2]]}, "it has both"),
        ({"x": [[1, 2]]}, "it has neither"),
        ([[1, 2]], "must be a JSON object"),
        (b"", "The body is empty"),
        (b'{"instances": [[1, 2]', "not valid JSON"),
        (b'{"instances": [[1, NaN]]}', "NaN"),
        (b'{"instances": [[1, 2]], "instances": [[3, 4]]}', "given twice"),
    ],
)
def test_a_body_holds_either_instances_or_inputs(models: Models, body: object, said: str) -> None:
    answer = post(models, "/v1/models/double:predict", body)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert said in answer.body["error"]


@pytest.mark.parametrize("shape", ['{{"instances": {}}}', '{{"inputs": {}}}', '{{"inputs": {{"x": {}}}}}'])
def test_numbers_of_large_bodies_are_read_as_arrays(models: Models, shape: str) -> None:
    body = shape.format([[1.5, index] for index in range(400)]).encode()

    parsed = parse_tensors(HttpRequest("POST", "/", body=body))
    answer = post(models, "/v1/models/double:predict", body)

    (tensor,) = parsed.values()
    assert isinstance(tensor["x"] if isinstance(tensor, dict) else tensor, np.ndarray)
    assert next(iter(answer.body.values()))[-1] == [3.0, 798.0]
