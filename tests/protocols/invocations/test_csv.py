"""CSV as MLflow sends it, with a header, and as SageMaker does, without; and as SageMaker answers it."""

import csv
import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelet.predict import Models
from modelet.protocols.invocations.comma_separated import write_csv
from tests.protocols.invocations.invoking import Answer, invoke

CSV = "text/csv"


def send(models: Models, model: str, body: str | bytes, kind: str = CSV, **headers: str) -> Answer:
    return invoke(models, body, kind, f"/endpoints/{model}/invocations", **headers)


def ask(models: Models, model: str, body: str | bytes, kind: str = CSV) -> Any:
    return send(models, model, body, kind).predictions


@pytest.mark.parametrize(
    "body",
    [
        "1,2,3.5\n4,5,6\n",
        "1,2,3.5\r\n4,5,6",
        '"1","2","3.5"\n4,5,6\n',
        " 1, 2,3.5 \n\n4,5,6e0\n",
        "age,height,weight\n1,2,3.5\n4,5,6\n",
        "weight,age,height\n3.5,1,2\n6,4,5\n",
        '\ufeff"height","weight","age"\n2,3.5,1\n5,6,4\n',
        "+1,.2e1,3.5\n4,5.,6\n",
    ],
    ids=repr,
)
def test_the_first_row_is_a_header_where_it_names_columns(models: Models, body: str) -> None:
    assert ask(models, "named", body) == [[1.0, 2.0, 3.5], [4.0, 5.0, 6.0]]


def test_the_content_type_may_say_whether_there_is_a_header(models: Models) -> None:
    assert ask(models, "words", "first,last\nx,y\n") == [["x", "y"]]
    assert ask(models, "words", "first,last\nx,y\n", "text/csv; header=absent") == [["first", "last"], ["x", "y"]]
    assert ask(models, "words", "last,first\nx,y\n", "text/csv;header=present") == [["y", "x"]]


def test_text_is_text_whatever_it_looks_like(models: Models) -> None:
    assert ask(models, "words", '1,"a ""quoted"", word"\n,"two\r\nlines"\n') == [
        ["1", 'a "quoted", word'],
        ["", "two\r\nlines"],
    ]


def test_each_column_is_read_as_its_datatype_says(models: Models) -> None:
    rows = [
        {"of_age": [2**60], "of_name": ["7"], "of_member": [True]},
        {"of_age": [-3], "of_name": [""], "of_member": [False]},
    ]

    assert ask(models, "mixed", f"age,name,member\n{2**60},7,true\n-3.0,,0\n") == rows
    assert ask(models, "mixed", f"member,age,name\nTrue,{2**60},7\nfalse,-3,\n") == rows
    assert ask(models, "mixed", f"{2**60},7,1\n-3,,FALSE\n") == rows


def test_a_column_of_numbers_needs_no_names(models: Models) -> None:
    assert ask(models, "total", "1,2,3\n4,5,6\n") == [6.0, 15.0]
    assert ask(models, "rows", "1\n2.5\n") == [1.0, 2.5]
    assert ask(models, "rows", "x\n1\n2.5\n") == [1.0, 2.5]
    assert ask(models, "any-width", "1,2\n3,4\n") == [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("body", ["", "\n\n", "age,height,weight\n"])
def test_no_rows_in_no_predictions_out(models: Models, body: str) -> None:
    assert ask(models, "named", body) == []


@pytest.mark.parametrize(
    ("model", "body", "said"),
    [
        ("named", "1,2\n", "Row 0 must have 3 values, but has 2"),
        ("named", "1,2,3\n4,5,6,7\n", "Row 1 must have 3 values, but has 4"),
        ("named", "age,height,size\n1,2,3\n", "has no column 'size'; its columns are 'age', 'height', 'weight'"),
        ("named", ",age,height,weight\n0,1,2,3\n", "has no column ''"),
        ("named", "age,height\n1,2\n", "The column 'weight' is missing"),
        ("named", "age,height,weight\n1,tall,3\n", "Column 'height' must have elements of datatype FP32"),
        ("named", "1,2,3\n4,5,tall\n", "Column 'weight' must have elements of datatype FP32"),
        ("named", "1,2,1_000\n", "has no column '1', '2', '1_000'"),
        ("named", "1,,3\n", "Column 'height' must have elements of datatype FP32, but one of them is null"),
        ("named", "1,2,1e39\n", "Column 'weight' has datatype FP32"),
        ("named", "1,2,1e999\n", "Column 'weight' has datatype FP32"),
        ("named", '1,2,"3\n', "Line 1 of the body is not valid CSV"),
        ("named", '1,2,"3"4\n', "Line 1 of the body is not valid CSV"),
        ("named", b"1,2,\xff\n", "The body is not valid UTF-8"),
        ("whole", "1.5,2\n", "Column 'a' has datatype INT64, but 1.5"),
        ("whole", f"{10**30},2\n", "Column 'a' has datatype INT64"),
        ("whole", f"{'9' * 5000},2\n", "Column 'a' has datatype INT64"),
        ("mixed", "age,name,member\n1,x,maybe\n", "Input 'member' must have elements of datatype BOOL"),
        ("plain", "a,b\n1,2\n", "push it with --columns"),
        ("image", "1,2\n", "Model 'image' takes no table"),
        ("add", "1,2\n", "Model 'add' takes no table"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(models: Models, model: str, body: str | bytes, said: str) -> None:
    assert said in send(models, model, body).error


@pytest.mark.parametrize(
    ("model", "body", "lines"),
    [
        ("plain", {"instances": [[1, 2], [0.05, 4]]}, "2.0,4.0\n0.1,8.0\n"),
        ("total", {"instances": [[1, 2, 3], [4, 5, 6]]}, "6.0\n15.0\n"),
        ("add", {"instances": [{"a": [1, 2], "b": [3, 5]}]}, "4.0,7.0,-2.0,-3.0\n"),
        ("image", {"inputs": [[[1, 2], [3, 4]]]}, "1.0,2.0,3.0,4.0\n"),
        ("scalar", {"inputs": 0.1}, "0.1\n"),
        ("mixed", [[2**60, 'x,"y"', True], [0, "", False]], f'{2**60},"x,""y""",true\n0,,false\n'),
        ("named", [], ""),
    ],
)
def test_a_line_says_what_all_outputs_say_of_a_row(models: Models, model: str, body: object, lines: str) -> None:
    answer = invoke(models, body, path=f"/endpoints/{model}/invocations", accept=CSV)

    assert (answer.status, answer.headers["content-type"], answer.text) == (200, CSV, lines)


def test_numbers_that_no_reader_expects_are_empty_fields() -> None:
    assert write_csv({"y": np.array([[np.nan, 1.0], [np.inf, -np.inf]], np.float32)}) == b",1.0\n,\n"


numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.lists(numbers, min_size=3, max_size=3), max_size=5))
def test_numbers_go_through_csv_both_ways_without_loss(models: Models, rows: list[list[float]]) -> None:
    body = "".join(f"{','.join(map(repr, row))}\n" for row in rows)

    answer = send(models, "named", body, accept=CSV)

    found = [list(map(np.float32, line.split(","))) for line in answer.text.splitlines()]
    assert found == [list(map(np.float32, row)) for row in rows]


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(text, text), min_size=1, max_size=4))
def test_text_goes_through_csv_both_ways_without_loss(models: Models, rows: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("first", "last"), *rows])

    answer = send(models, "words", file.getvalue(), accept=CSV)

    assert [tuple(row) for row in csv.reader(io.StringIO(answer.text, newline=""))] == rows
