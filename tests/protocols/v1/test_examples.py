"""TensorFlow Serving's examples: classify and regress."""

from typing import Any

import pytest
from onnx import helper

from modelet.predict import Models
from modelet.store import open_store
from tests.entrances import Answer, post
from tests.onnx_models import model, tensor
from tests.published import publish_labelled, publish_model, serve


def classify(models: Models, model: str, body: Any) -> Answer:
    return post(models, f"/v1/models/{model}:classify", body)


def regress(models: Models, model: str, body: Any) -> Answer:
    return post(models, f"/v1/models/{model}:regress", body)


def test_each_example_has_its_classes_with_their_scores(models: Models) -> None:
    answer = classify(models, "flowers", {"examples": [{"measures": [0.25, 1, 0.5]}, {"measures": [0, 0, 3.5]}]})

    assert (answer.status, answer.headers["x-modelet-version"]) == (200, "1")
    assert answer.body == {
        "results": [
            [["setosa", 0.25], ["versicolor", 1.0], ["virginica", 0.5]],
            [["setosa", 0.0], ["versicolor", 0.0], ["virginica", 3.5]],
        ]
    }


@pytest.mark.parametrize(
    ("model", "labels"), [("flowers", ["setosa", "versicolor", "virginica"]), ("numbered", ["0", "1", "2"])]
)
def test_labels_are_text(models: Models, model: str, labels: list[str]) -> None:
    (result,) = classify(models, model, {"examples": [{"measures": [1, 2, 3]}]}).body["results"]

    assert [label for label, _ in result] == labels


def test_classes_without_labels_have_empty_ones(models: Models) -> None:
    assert classify(models, "unlabelled", {"examples": [{"measures": [1, 2, 3]}]}).body == {
        "results": [[["", 1.0], ["", 2.0], ["", 3.0]]]
    }


@pytest.mark.parametrize("model", ["half-plus-three", "half-of-any"])
def test_each_example_has_a_number(models: Models, model: str) -> None:
    body = {"signature_name": "tensorflow/serving/regress", "examples": [{"x": 1.0}, {"x": [2.0]}]}

    assert regress(models, model, body).body == {"results": [3.5, 4.0]}


def test_what_all_examples_have_in_common_is_their_context(models: Models) -> None:
    body = {"context": {"b": [1, 1]}, "examples": [{"a": [1, 2]}, {"a": [3, 4]}]}

    refused = classify(models, "add", body)
    answer = post(models, "/v1/models/one-sum:regress", {"context": {"b": 1}, "examples": [{"a": 1}, {"a": [2]}]})

    assert "but it has 'c' (FP32 [-1, 2]), 'd' (FP32 [-1, 2])" in refused.body["error"]
    assert answer.body == {"results": [2.0, 3.0]}


def test_nested_features_have_the_shape_of_the_input(models: Models) -> None:
    nested = {"examples": [{"pixels": [[1, 2], [3, 4]]}, {"pixels": [1, 2, 3, 5]}]}

    assert regress(models, "brightness", {"examples": [nested["examples"][0]]}).body == {"results": [10.0]}
    assert regress(models, "brightness", {"examples": [nested["examples"][1]] * 2}).body == {"results": [11.0, 11.0]}


def test_text_may_be_base64(models: Models) -> None:
    examples = [{"word": "foo"}, {"word": {"b64": "Zm9vYmFy"}}, {"word": ["bar"]}]

    assert regress(models, "is-foobar", {"examples": examples}).body == {"results": [0.0, 1.0, 0.0]}


def test_features_may_be_the_columns_of_a_table(models: Models) -> None:
    answer = classify(models, "table", {"examples": [{"width": 2, "height": [1]}]})

    assert answer.body == {"results": [[["", 2.0], ["", 4.0]]]}


@pytest.mark.parametrize(
    ("verb", "model", "said"),
    [
        ("classify", "half-plus-three", "a floating-point output of shape [examples, classes]"),
        ("classify", "text", "it has 'y' (BYTES [-1])"),
        ("classify", "numbers", "it has 'y' (INT64 [-1, 2])"),
        ("regress", "flowers", "it has 'label' (INT64 [-1]), 'scores' (FP32 [-1, 3])"),
        ("regress", "double", "a floating-point output of shape [examples] or [examples, 1]"),
    ],
)
def test_a_model_without_such_an_output_says_so(models: Models, verb: str, model: str, said: str) -> None:
    answer = post(models, f"/v1/models/{model}:{verb}", {"examples": [{"x": [1, 2]}]})

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert said in answer.body["error"]
    assert ":predict" in answer.body["error"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "The request needs 'examples'"),
        ({"examples": []}, "The request needs 'examples'"),
        ({"examples": {"x": 1}}, "The request needs 'examples'"),
        ({"examples": [1]}, "a list of at least one object"),
        ({"examples": [{"measures": [1, 2, 3]}], "context": [1]}, "'context' must be an object"),
        ({"examples": [{"measures": [1, 2, 3]}], "context": {"measures": 1}}, "must not be in example 0"),
        ({"examples": [{"measures": [1, 2, 3]}, {}]}, "Feature 'measures' is in only one of the examples 0 and 1"),
        ({"examples": [{"measures": [1, 2, 3]}, {"measures": [1]}]}, "1 values in example 1, but 3 in example 0"),
        ({"examples": [{"measures": [1, 2]}]}, "Input 'measures' must have 3 elements in dimension 1, but has 2"),
        ({"examples": [{"measures": 1}]}, "Input 'measures' must have 2 dimensions"),
        ({"examples": [{"measures": ["a", 2, 3]}]}, "one of them is text"),
        ({"examples": [{"measures": [1, [2], 3]}]}, "ragged"),
        ({"examples": [{"petals": 1}]}, "has no input 'petals'"),
        ({"examples": [{}]}, "Input 'measures' is missing"),
        ({"examples": [{"measures": [1, 2, 3]}], "signature_name": "other"}, "There is no signature 'other'"),
        ({"instances": [[1, 2, 3]]}, "The request needs 'examples'"),
    ],
)
def test_what_is_wrong_with_examples_is_named(models: Models, body: Any, said: str) -> None:
    answer = classify(models, "flowers", body)

    assert answer.status == 400
    assert said in answer.body["error"]


@pytest.mark.parametrize("where", ["/versions/1", "/labels/live"])
def test_versions_and_labels_lead_to_versions(models: Models, where: str) -> None:
    path = f"/v1/models/flowers{where}"

    assert post(models, f"{path}:classify", {"examples": [{"measures": [1, 2, 3]}]}).status == 200
    assert post(models, f"{path}:regress", {"examples": [{"measures": [1, 2, 3]}]}).status == 400


def test_of_two_outputs_with_classes_the_labelled_one_is_meant() -> None:
    nodes = [helper.make_node("Neg", ["x"], ["logits"]), helper.make_node("Identity", ["x"], ["scores"])]
    made = model(nodes, [tensor("x")], [tensor("logits"), tensor("scores")])
    store = open_store("memory://two-outputs")
    publish_labelled(store, "labelled", made, {"scores": ["no", "yes"]})
    publish_model(store, "ambiguous", made)
    models, body = serve(store), {"examples": [{"x": [1, 2]}]}

    assert classify(models, "labelled", body).body == {"results": [[["no", 1.0], ["yes", 2.0]]]}
    assert "and only one of them" in classify(models, "ambiguous", body).body["error"]
