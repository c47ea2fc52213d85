"""Simple JSON takes the columns of a table by their names, too."""

from typing import Any

import pytest

from modelet.predict import Models
from tests.protocols.invocations.invoking import Answer, invoke


def ask(models: Models, body: object, model: str = "named") -> Answer:
    return invoke(models, body, path=f"/models/{model}/predict")


@pytest.mark.parametrize(
    ("body", "same"),
    [
        ({"height": 2, "weight": 3.5, "age": 1}, {"x": [1, 2, 3.5]}),
        ({"height": [2, 5], "weight": [3.5, 6], "age": [1, 4]}, {"x": [[1, 2, 3.5], [4, 5, 6]]}),
        ({"height": [2], "weight": [3.5], "age": [1]}, {"x": [[1, 2, 3.5]]}),
    ],
    ids=["one row", "rows", "a list of one"],
)
def test_columns_are_answered_as_the_tensor_that_holds_them(models: Models, body: object, same: object) -> None:
    answer = ask(models, body)

    assert answer.status == 200
    assert answer.json == ask(models, same).json


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"age": 1, "height": 2}, "'weight' is missing"),
        ({"age": 1, "height": 2, "weight": 3, "size": 4}, "has no column 'size'"),
        ({"age": [1, 2], "height": [2], "weight": [3]}, "must have the same number of rows"),
        ({"age": 1, "height": "tall", "weight": 3}, "one of them is text"),
        ({"agee": 1}, "has no input 'agee'; its inputs: 'x'"),
        ({}, "'x'"),
    ],
    ids=["too few", "too many", "uneven", "text", "misspelt", "none"],
)
def test_columns_that_do_not_fit_are_named(models: Models, body: Any, message: str) -> None:
    assert message in ask(models, body).error


def test_a_model_without_names_for_its_columns_says_what_its_inputs_are(models: Models) -> None:
    assert "has no input 'age'" in ask(models, {"age": 1}, "plain").error
