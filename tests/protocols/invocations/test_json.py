"""JSON bodies of MLflow and SageMaker: rows, tensors and tables, and what is said of those that are wrong."""

from typing import Any

import pytest

from modelet.predict import Models
from tests.protocols.invocations.invoking import invoke

ROWS = [[1.0, 2.0], [3.0, 4.5]]
DOUBLED = [[2.0, 4.0], [6.0, 9.0]]
RECORDS: list[dict[str, Any]] = [{"age": 1, "height": 2, "weight": 3.5}, {"age": 4, "height": 5, "weight": 6}]
TABLE = [[1.0, 2.0, 3.5], [4.0, 5.0, 6.0]]


def ask(models: Models, model: str, body: object) -> Any:
    return invoke(models, body, path=f"/endpoints/{model}/invocations").predictions


def refusal(models: Models, model: str, body: object) -> str:
    return invoke(models, body, path=f"/endpoints/{model}/invocations").error


@pytest.mark.parametrize(
    "body",
    [
        ROWS,
        {"instances": ROWS},
        {"inputs": ROWS},
        {"inputs": {"x": ROWS}},
        {"instances": [{"x": row} for row in ROWS]},
        {"instances": [{"features": row} for row in ROWS]},
        {"instances": [{"data": {"features": {"values": row}}} for row in ROWS]},
        {"dataframe_split": {"data": ROWS}},
        {"dataframe_split": {"columns": [0, 1], "index": [0, 1], "data": ROWS}},
        {"instances": ROWS, "params": {}},
        {"instances": ROWS, "params": None},
    ],
    ids=repr,
)
def test_every_body_of_rows_is_the_same_question(models: Models, body: object) -> None:
    assert ask(models, "plain", body) == DOUBLED


@pytest.mark.parametrize("kind", ["", "application/json", "application/json; charset=UTF-8", "Application/JSON"])
def test_json_may_be_called_so_or_nothing(models: Models, kind: str) -> None:
    assert invoke(models, {"instances": ROWS}, kind).predictions == DOUBLED


def test_a_thousand_rows_come_out_as_they_went_in(models: Models) -> None:
    rows = [[float(row), row + 0.5, -1.25 * row] for row in range(1000)]
    named = {"columns": ["weight", "age", "height"], "data": [[row[2], row[0], row[1]] for row in rows]}

    assert ask(models, "named", {"instances": rows}) == rows
    assert ask(models, "named", rows) == rows
    assert ask(models, "named", {"dataframe_split": named}) == rows
    assert ask(models, "named", {"dataframe_split": {**named, "index": list(range(1000))}}) == rows


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": RECORDS},
        {"dataframe_records": [dict(reversed(record.items())) for record in RECORDS]},
        {"instances": RECORDS},
        {"inputs": {"weight": [3.5, 6], "age": [1, 4], "height": [2, 5]}},
        {"dataframe_split": {"columns": ["height", "weight", "age"], "data": [[2, 3.5, 1], [5, 6, 4]]}},
        {"dataframe_split": {"columns": ["age", "height", "weight"], "data": TABLE}},
        {"instances": TABLE},
    ],
    ids=repr,
)
def test_columns_come_in_any_order(models: Models, body: object) -> None:
    assert ask(models, "named", body) == TABLE


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_records": [{"name": "é,", "member": True, "age": 2**60}]},
        {"dataframe_split": {"columns": ["member", "age", "name"], "data": [[True, 2**60, "é,"]]}},
        {"inputs": {"age": [2**60], "name": ["é,"], "member": [True]}},
        {"inputs": {"age": [[2**60]], "name": [["é,"]], "member": [[True]]}},
        {"instances": [{"age": 2**60, "name": "é,", "member": True}]},
        {"instances": [{"age": [2**60], "name": ["é,"], "member": [True]}]},
        {"instances": [[2**60, "é,", True]]},
        [[2**60, "é,", True]],
    ],
    ids=repr,
)
def test_a_table_is_split_into_the_inputs_of_one_column_each(models: Models, body: object) -> None:
    assert ask(models, "mixed", body) == [{"of_age": [2**60], "of_name": ["é,"], "of_member": [True]}]


def test_columns_may_have_other_names_than_the_inputs(models: Models) -> None:
    assert ask(models, "renamed", {"dataframe_records": [{"y": 2, "x": 1}]}) == [{"of_c0": [1.0], "of_c1": [2.0]}]
    assert ask(models, "renamed", {"inputs": {"c1": [2], "c0": [1]}}) == [{"of_c0": [1.0], "of_c1": [2.0]}]


def test_a_model_of_one_number_a_row_takes_a_list_of_them(models: Models) -> None:
    assert ask(models, "rows", {"instances": [1, 2.5]}) == [1.0, 2.5]
    assert ask(models, "rows", {"dataframe_records": [{"x": 1}, {"x": 2.5}]}) == [1.0, 2.5]
    assert ask(models, "any-width", {"dataframe_split": {"data": [[1, 2, 3, 4]]}}) == [[1.0, 2.0, 3.0, 4.0]]


def test_tensors_that_are_no_rows_are_sent_whole(models: Models) -> None:
    assert ask(models, "scalar", {"inputs": 0.1}) == 0.1
    assert ask(models, "image", {"inputs": [[[1, 2], [3, 4]]]}) == [[[1.0, 2.0], [3.0, 4.0]]]
    assert ask(models, "image", {"instances": [{"x": [[1, 2], [3, 4]]}]}) == [[[1.0, 2.0], [3.0, 4.0]]]


def test_several_outputs_are_an_object_for_each_row(models: Models) -> None:
    body = {"instances": [{"a": [1, 2], "b": [3, 5]}, {"a": [0, 0.1], "b": [0, 0]}]}

    assert ask(models, "add", body) == [{"c": [4.0, 7.0], "d": [-2.0, -3.0]}, {"c": [0.0, 0.1], "d": [0.0, 0.1]}]


@pytest.mark.parametrize("body", [[], {"instances": []}, {"inputs": []}, {"dataframe_records": []}], ids=repr)
@pytest.mark.parametrize("model", ["plain", "named", "rows", "mixed"])
def test_no_rows_in_no_predictions_out(models: Models, model: str, body: object) -> None:
    assert ask(models, model, body) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "exactly one of dataframe_split, dataframe_records, instances, inputs, but has none of them"),
        ({"instances": ROWS, "inputs": ROWS}, "but has instances and inputs"),
        ({"data": ROWS}, "but has none of them"),
        ({"instances": ROWS, "signature": "x"}, "an unknown key 'signature' beside 'instances'"),
        ({"instances": ROWS, "params": {"top": 1}}, "'params', but models here have no parameters"),
        ('[[1, 2]], "params": {}', "more than one list"),
        ('[[1, 2]], "instances": []', "'instances' is given twice"),
        ("[[1, 2]", "not valid JSON"),
        ("[[1, 2]]}", "not valid JSON"),
        ("[[1, NaN]]", "the token NaN"),
        ("", "The body is empty"),
        ("7", "must be a JSON object"),
        ({"instances": 7}, "must have 2 dimensions"),
        ({"instances": [[1, 2], [3]]}, "is ragged"),
        ({"instances": [[1, "2"]]}, "must have elements of datatype FP32, but one of them is text"),
        ({"instances": [{"x": [1, 2]}, [3, 4]]}, "Row 0 is an object, but row 1 is none"),
        ({"instances": [{"x": [1, 2]}, {"y": [3, 4]}]}, "Row 1 has a column 'y', but row 0 has none"),
        ({"instances": [{"z": [1, 2]}]}, "Model 'plain' has no input 'z'; its inputs: 'x'"),
        ({"inputs": {"z": [[1, 2]]}}, "Model 'plain' has no input 'z'; its inputs: 'x'"),
        ({"dataframe_split": ROWS}, "must be an object with 'columns' and 'data'"),
        ({"dataframe_split": {"columns": ["a"]}}, "must be an object with 'columns' and 'data'"),
        ({"dataframe_split": {"data": ROWS, "dtypes": []}}, "an unknown key 'dtypes'"),
        ({"dataframe_split": {"data": 7}}, "must be a list of rows"),
        ({"dataframe_split": {"data": [7]}}, "Row 0 must be a list of 2 values, but is none"),
        ({"dataframe_split": {"columns": [1, 0], "data": ROWS}}, "'columns' must be a list of names"),
        ({"dataframe_split": {"columns": "ab", "data": ROWS}}, "'columns' must be a list of names"),
        ({"dataframe_split": {"columns": ["a", "b"], "data": ROWS}}, "version 1 of model 'plain' does not"),
        ({"dataframe_records": {"a": 1}}, "must be a list of objects"),
        ({"dataframe_records": [7]}, "must be a list of objects"),
        ({"dataframe_records": [{"a": 1, "b": 2}]}, "push it with --columns, or send rows without names"),
    ],
)
def test_what_is_wrong_with_a_body_is_said(models: Models, body: object, said: str) -> None:
    assert said in refusal(models, "plain", body)


@pytest.mark.parametrize(
    ("model", "body", "said"),
    [
        ("named", {"dataframe_records": [{"age": 1, "height": 2}]}, "The column 'weight' is missing"),
        (
            "named",
            {"dataframe_records": [{"age": 1, "hight": 2, "weight": 3}]},
            "has no column 'hight'; its columns are 'age', 'height', 'weight'",
        ),
        (
            "named",
            {"dataframe_split": {"columns": ["age", "height", "weight", "age"], "data": [[1, 2, 3, 4]]}},
            "The column 'age' is given twice",
        ),
        (
            "named",
            {"dataframe_records": [{"age": 1, "height": "tall", "weight": 3}]},
            "Column 'height' must have elements of datatype FP32, but one of them is text",
        ),
        (
            "named",
            {"dataframe_split": {"columns": ["weight", "height", "age"], "data": [[1e39, 2, 3]] * 600}},
            "Column 'weight' has datatype FP32 (up to 3.40282e+38), but holds 1e+39",
        ),
        ("named", {"dataframe_records": [{"age": None, "height": 2, "weight": 3}]}, "Column 'age' must have elements"),
        ("named", {"inputs": {"age": [1, 2], "height": [2], "weight": [3]}}, "'age' has 2, 'height' has 1"),
        ("named", {"inputs": {"age": [1], "height": [2]}}, "The column 'weight' is missing"),
        ("named", {"instances": [[1, 2]]}, "must have 3 elements in dimension 1, but has 2"),
        ("named", {"dataframe_split": {"data": [[1, 2, 3], [4, 5]]}}, "Row 1 must have 3 values, but has 2"),
        (
            "named",
            {"dataframe_split": {"data": [[1, 2]] * 600}},
            "Row 0 must have 3 values, but has 2",
        ),
        (
            "whole",
            {"dataframe_records": [{"a": 1.5, "b": 2}]},
            "Column 'a' has datatype INT64, but 1.5 is not an exact",
        ),
        ("mixed", {"dataframe_records": [{"age": 1, "name": 7, "member": True}]}, "Input 'name' must have elements of"),
        ("mixed", {"instances": [[1, "x"]]}, "Row 0 must have 3 values, but has 2"),
        ("mixed", {"dataframe_records": [{"age": 1, "name": "x"}]}, "The column 'member' is missing"),
        ("add", {"instances": ROWS}, "Model 'add' has 2 inputs: send objects that name them: 'a', 'b'"),
        ("add", {"dataframe_records": [{"a": 1}]}, "Model 'add' takes no table"),
        ("image", {"dataframe_split": {"data": ROWS}}, "Model 'image' takes no table"),
        ("add", {"inputs": {"a": ROWS}}, "Input 'b' is missing; model 'add' takes 'a', 'b'"),
    ],
)
def test_what_does_not_fit_the_model_is_named(models: Models, model: str, body: object, said: str) -> None:
    assert said in refusal(models, model, body)
