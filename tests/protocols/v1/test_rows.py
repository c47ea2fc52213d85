"""Rows: `instances` in, `predictions` out, as KServe and TensorFlow Serving have them."""

from typing import Any

import pytest

from modelet.predict import Models
from modelet.registry.changing import promote, split
from modelet.store import open_store
from tests.entrances import Answer, post
from tests.onnx_models import scale
from tests.published import publish_model, serve

TWO = [
    {"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]},
    {"tag": "bar", "signal": [3, 4, 1, 2, 5], "sensor": [[4, 5], [6, 8]]},
]


def predict(models: Models, model: str, instances: Any, **rest: Any) -> Answer:
    return post(models, f"/v1/models/{model}:predict", {"instances": instances, **rest})


@pytest.mark.parametrize(
    ("model", "instances", "predictions"),
    [
        ("double", [[1, 2], [3.5, 4]], [[2.0, 4.0], [7.0, 8.0]]),
        ("double", [{"x": [1, 2]}], [[2.0, 4.0]]),
        ("half-of-any", [1.0, 2.0, 5.0], [3.5, 4.0, 5.5]),
        ("half-plus-three", [[1.0], [5.0]], [[3.5], [5.5]]),
        ("text", ["foo", "bär", ""], ["foo", "bär", ""]),
        ("text", [{"b64": "Zm9v"}, "bar"], ["foo", "bar"]),
        ("text-column", [["foo"], [{"b64": "Zm9v"}]], [["foo"], ["foo"]]),
        ("numbers", [[1, 9007199254740993]], [[1, 9007199254740993]]),
        ("halves", [[0.5, 65504]], [[0.5, 65504.0]]),
        ("double", [[3e38, 1]], [[None, 2.0]]),
        ("add", [{"a": [1, 2], "b": [3, 4]}, {"b": [1, 1], "a": [0, 0]}], [
            {"c": [4.0, 6.0], "d": [-2.0, -2.0]},
            {"c": [1.0, 1.0], "d": [-1.0, -1.0]},
        ]),
    ],
)  # fmt: skip
def test_each_instance_has_a_prediction(models: Models, model: str, instances: Any, predictions: Any) -> None:
    answer = predict(models, model, instances)

    assert (answer.status, answer.body) == (200, {"predictions": predictions})
    assert answer.headers["x-modelet-version"] == "1"


def test_several_inputs_and_outputs_are_objects_and_bytes_are_base64(models: Models) -> None:
    assert predict(models, "signals", TWO).body["predictions"] == [
        {"tag_bytes": {"b64": "Zm9v"}, "echo": [1.0, 2.0, 3.0, 4.0, 5.0], "field": [[1, 2], [3, 4]]},
        {"tag_bytes": {"b64": "YmFy"}, "echo": [3.0, 4.0, 1.0, 2.0, 5.0], "field": [[4, 5], [6, 8]]},
    ]


@pytest.mark.parametrize(
    ("model", "instances", "predictions"),
    [
        ("one-row", [[1, 2, 3]], [[3.5, 4.0, 4.5]]),
        ("matrix", [[1, 2], [3, 4]], [[3.5, 4.0], [4.5, 5.0]]),
        ("matrix", [[[1, 2], [3, 4]]], [[[3.5, 4.0], [4.5, 5.0]]]),
        ("scalar", [0.1], [0.1]),
        ("any-rank", [1, 2, 3], [1.0, 2.0, 3.0]),
    ],
)
def test_a_model_without_a_batch_takes_rows_that_fill_it_or_one_instance(
    models: Models, model: str, instances: Any, predictions: Any
) -> None:
    assert predict(models, model, instances).body == {"predictions": predictions}


def test_rows_of_a_table_may_name_its_columns(models: Models) -> None:
    answer = predict(models, "table", [{"width": 2, "height": 1}, {"width": 4, "height": 3}])

    assert answer.body == {"predictions": [[2.0, 4.0], [6.0, 8.0]]}


@pytest.mark.parametrize("signature", [None, "", "serving_default"])
def test_the_signature_is_the_default_one(models: Models, signature: Any) -> None:
    assert predict(models, "double", [[1, 2]], signature_name=signature).status == 200


@pytest.mark.parametrize("signature", ["predict_images", 1, ["serving_default"], {}])
def test_there_is_no_other_signature(models: Models, signature: Any) -> None:
    answer = predict(models, "double", [[1, 2]], signature_name=signature)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert "send 'serving_default'" in answer.body["error"]


@pytest.mark.parametrize(
    ("model", "instances", "said"),
    [
        ("double", [], "'instances' must be a list of at least one instance"),
        ("double", 1, "'instances' must be a list"),
        ("double", {"x": [[1, 2]]}, "'instances' must be a list"),
        ("double", None, "'instances' must be a list"),
        ("double", [[1, 2], [3]], "Input 'x' is ragged"),
        ("double", [[[1, 2]]], "Input 'x' must have 2 dimensions [-1, 2], but has 3 [1, 1, 2]"),
        ("double", [1, 2], "Input 'x' must have 2 dimensions [-1, 2], but has 1 [2]"),
        ("double", [{"z": [1, 2]}], "Model 'double' has no input 'z'"),
        ("double", ["one"], "one of them is text"),
        ("double", [[1, {"b64": "MQ=="}]], "one of them is an object"),
        ("double", [{"x": [1, 2]}, [3, 4]], "Instance 1 must be an object with the keys of instance 0: 'x'"),
        ("double", [[1, 2], {"x": [3, 4]}], "Input 'x' is ragged"),
        ("add", [[1, 2]], "Model 'add' takes 'a', 'b': 'instances' must name them"),
        ("add", [{"a": [1, 2]}], "Input 'b' is missing"),
        (
            "add",
            [{"a": [1, 2], "b": [1, 2]}, {"a": [1, 2]}],
            "Instance 1 must be an object with the keys of instance 0",
        ),
        ("text", [{"b64": "Zm9"}], "Input 'x' holds a 'b64' that is not valid base64: 'Zm9'"),
        ("text", [{"b64": "/w=="}], "no UTF-8"),
        ("text", [{"b64": "Zm9v", "more": 1}], "Model 'text' has no column 'b64'"),
        ("matrix", [[[1, 2], [3, 4]]] * 2, "Model 'matrix' takes no batch: send one instance, not 2"),
        ("scalar", [1, 2], "takes no batch"),
        ("total", [[1, 2]], "have no row for each instance: ask in columns"),
        ("table", [{"width": 2}], "column 'height' is missing"),
    ],
)
def test_what_cannot_be_rows_is_named(models: Models, model: str, instances: Any, said: str) -> None:
    answer = predict(models, model, instances)

    assert answer.status == 400
    assert said in answer.body["error"]


def test_versions_and_labels_lead_to_versions() -> None:
    store = open_store("memory://labels")
    for factor in (1.0, 2.0):
        publish_model(store, "m", scale(factor))
    promote(store, "m", 2, "canary")
    models = serve(store)

    def answered(where: str) -> tuple[Any, str | None]:
        answer = post(models, f"/v1/models/m{where}:predict", {"instances": [[1, 1]]})
        return answer.body.get("predictions"), answer.headers.get("x-modelet-version")

    assert answered("") == answered("/labels/live") == answered("/versions/1") == ([[1.0, 1.0]], "1")
    assert answered("/labels/canary") == answered("/versions/2") == ([[2.0, 2.0]], "2")
    assert post(models, "/v1/models/m/labels/nobody:predict", {"instances": [[1, 1]]}).body["code"] == "alias_not_found"
    assert post(models, "/v1/models/m/versions/9:predict", {"instances": [[1, 1]]}).body["code"] == "version_not_found"


def test_bare_rows_go_to_the_input_of_the_version_that_answers() -> None:
    store = open_store("memory://renamed")
    publish_model(store, "m", scale(1.0, source="x"))
    publish_model(store, "m", scale(2.0, source="z"))
    split(store, "m", {1: 0.5, 2: 0.5})
    models = serve(store)

    answers = [predict(models, "m", [[1, 1]]) for _ in range(40)]

    assert {(answer.headers["x-modelet-version"], str(answer.body)) for answer in answers} == {
        ("1", "{'predictions': [[1.0, 1.0]]}"),
        ("2", "{'predictions': [[2.0, 2.0]]}"),
    }
