"""The classification extension: the k largest of each row, as Triton writes them."""

from typing import Any

import numpy as np
import pytest

from modelet.errors import InvalidRequest
from modelet.predict import Models
from modelet.protocols.v2.classification import top_classes
from modelet.store import open_store
from tests.entrances import Answer, post, v2
from tests.published import digits, echo, publish_labelled, publish_model, serve

PETS = ["cat", "dog", "ibis"]


@pytest.fixture(scope="module")
def models() -> Models:
    store = open_store("memory://classified")
    publish_model(store, "digits", digits())
    publish_labelled(store, "pets", echo("FP32", ("N", 3)), {"y": PETS})
    publish_labelled(store, "one", echo("FP32", (3,)), {"y": PETS})
    publish_model(store, "names", echo("BYTES", ("N",)))
    publish_model(store, "scalar", echo("FP32", ()))
    return serve(store)


def ask(models: Models, model: str, data: Any, k: object, **declared: Any) -> Answer:
    inputs = [v2("x", data, "FP32") | declared]
    outputs = [{"name": "y", "parameters": {"classification": k}}]
    return post(models, f"/v2/models/{model}/infer", {"inputs": inputs, "outputs": outputs})


def output(answer: Answer) -> Any:
    assert answer.status == 200, answer.body
    (held,) = answer.body["outputs"]
    return held


def test_each_row_has_its_largest_first_with_labels(models: Models) -> None:
    answer = ask(models, "pets", [[0.25, 4, 1], [9, -1.5, 7]], 2)

    assert output(answer) == {
        "name": "y",
        "datatype": "BYTES",
        "shape": [2, 2],
        "data": ["4.000000:1:dog", "1.000000:2:ibis", "9.000000:0:cat", "7.000000:2:ibis"],
    }


def test_without_a_batch_dimension_there_is_no_row(models: Models) -> None:
    held = output(ask(models, "one", [1, 2, 3], 1))

    assert (held["shape"], held["data"]) == ([1], ["3.000000:2:ibis"])


def test_more_than_there_are_is_all_there_are(models: Models) -> None:
    held = output(ask(models, "pets", [[1, 2, 3]], 1000))

    assert (held["shape"], held["data"][2]) == ([1, 3], "1.000000:0:cat")


def test_no_rows_have_no_classes(models: Models) -> None:
    held = output(ask(models, "pets", [], 2, shape=[0, 3]))

    assert (held["shape"], held["data"]) == ([0, 2], [])


def test_other_outputs_stay_as_they_are(models: Models) -> None:
    image = [float(number) for number in range(64)]
    inputs = [{"name": "image", "datatype": "FP32", "shape": [1, 64], "data": image}]
    outputs = [{"name": "scores", "parameters": {"classification": 1}}, {"name": "label"}]

    answer = post(models, "/v2/models/digits/infer", {"inputs": inputs, "outputs": outputs})

    scores, label = answer.body["outputs"]
    assert scores["data"] == ["63.000000:63"]
    assert label == {"name": "label", "datatype": "INT64", "shape": [1], "data": [63]}


@pytest.mark.parametrize("k", [0, -1, 1.0, True, "1", None, [1]])
def test_what_is_no_number_of_classes_is_400(models: Models, k: object) -> None:
    answer = ask(models, "pets", [[1, 2, 3]], k)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert "'y' has 'classification'" in answer.body["error"]


@pytest.mark.parametrize(("model", "data", "datatype"), [("names", ["a"], "BYTES"), ("scalar", 1, "FP32")])
def test_an_output_without_classes_is_400(models: Models, model: str, data: Any, datatype: str) -> None:
    answer = ask(models, model, data, 1, datatype=datatype)

    assert (answer.status, answer.body["code"]) == (400, "invalid_request")
    assert "'y' has no classes" in answer.body["error"]


def test_a_label_for_each_row_is_no_class(models: Models) -> None:
    inputs = [{"name": "image", "datatype": "FP32", "shape": [1, 64], "data": [0.0] * 64}]
    outputs = [{"name": "label", "parameters": {"classification": 1}}]

    answer = post(models, "/v2/models/digits/infer", {"inputs": inputs, "outputs": outputs})

    assert answer.status == 400
    assert "datatype int64 and shape [1]" in answer.body["error"]


@pytest.mark.parametrize(
    ("datatype", "values", "expected"),
    [
        ("float16", [0.1, 1.5], ["1.500000:1", "0.099976:0"]),
        ("float64", [1e-7, 0.1234567], ["0.123457:1", "0.000000:0"]),
        ("int8", [-128, 127], ["127:1", "-128:0"]),
        ("uint64", [2**64 - 1, 0], ["18446744073709551615:0", "0:1"]),
        ("int64", [-(2**63), 2**63 - 1], ["9223372036854775807:1", "-9223372036854775808:0"]),
    ],
)
def test_numbers_are_written_as_c_writes_them(datatype: str, values: list[Any], expected: list[str]) -> None:
    classes = top_classes("y", np.array([values], datatype), 2, batched=True)

    assert classes.tolist() == [expected]


def test_of_equals_the_first_comes_first() -> None:
    classes = top_classes("y", np.array([1, 2, 2, 2, 1]), 4, batched=False)

    assert classes.tolist() == ["2:1", "2:2", "2:3", "1:0"]


def test_what_is_no_number_comes_last() -> None:
    classes = top_classes("y", np.array([np.nan, 1, np.inf, 2]), 4, batched=False)

    assert classes.tolist() == ["inf:2", "2.000000:3", "1.000000:1", "nan:0"]


def test_all_dimensions_of_a_row_are_its_classes() -> None:
    classes = top_classes("y", np.arange(8.0).reshape(2, 2, 2), 1, batched=True)

    assert classes.tolist() == [["3.000000:3"], ["7.000000:3"]]


def test_labels_may_be_fewer_than_classes() -> None:
    classes = top_classes("y", np.array([3, 2, 1]), 3, batched=False, labels=["one", 2])

    assert classes.tolist() == ["3:0:one", "2:1:2", "1:2"]


def test_a_million_is_the_limit_of_what_comes_out() -> None:
    assert top_classes("y", np.zeros((2000, 3)), 1000, batched=True).shape == (2000, 3)
    with pytest.raises(InvalidRequest, match="more than 1000000 elements"):
        top_classes("y", np.zeros((1_000_001, 1), np.uint8), 1, batched=True)
