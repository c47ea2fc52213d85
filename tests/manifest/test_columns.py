"""Columns in a manifest: optional, strict, kept; and which models have any."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from modelet.errors import CorruptObject, InvalidRequest
from modelet.manifest import Artifact, Column, Manifest, Signature, TensorSpec
from modelet.manifest.columns import known_columns, named_columns, split_names


def signature(*shapes: tuple[int, ...] | None, datatypes: Sequence[str] = ("FP32", "INT64", "BYTES")) -> Signature:
    inputs = tuple(TensorSpec(f"i{at}", datatypes[at], shape) for at, shape in enumerate(shapes))
    return Signature(inputs, (TensorSpec("y", "FP32", (-1,)),), True)


def manifest(of: Signature, *columns: Column) -> Manifest:
    return Manifest("m", Artifact("a" * 64, 1), of, 1, columns=columns)


@pytest.mark.parametrize(
    ("shapes", "datatypes"),
    [
        ([(-1, 2)], ["FP32", "FP32"]),
        ([(4, 2)], ["FP32", "FP32"]),
        ([(-1, -1)], ["FP32", "FP32"]),
        ([(-1,), (-1, 1)], ["FP32", "INT64"]),
    ],
)
def test_columns_have_the_datatypes_that_the_model_takes(shapes: list[tuple[int, ...]], datatypes: list[str]) -> None:
    columns = named_columns(signature(*shapes), ["a", "b"])

    assert columns == tuple(map(Column, ["a", "b"], datatypes))


@pytest.mark.parametrize(
    ("shapes", "names", "problem"),
    [
        ([(-1, 3)], ["a", "b"], "takes 3 columns, but 2 are named"),
        ([(-1,), (-1, 1)], ["a"], "takes 2 columns, but 1 are named"),
        ([(-1, 1)], ["a", "b"], "takes 1 columns, but 2 are named"),
        ([(-1, 2)], ["a", "a"], "'a' is named twice"),
        ([(-1, 2)], ["a", ""], "has 1 to 200 characters, unlike ''"),
        ([(-1, 2)], ["a", "b" * 201], "has 1 to 200 characters"),
        ([(-1, 3, 8, 8)], ["a"], r"The model has 'i0' \[-1, 3, 8, 8\]"),
        ([(-1, 2), (-1, 3)], ["a"], r"The model has 'i0' \[-1, 2\], 'i1' \[-1, 3\]"),
        ([()], ["a"], r"The model has 'i0' \[\]"),
        ([None], ["a"], "The model has 'i0' of any shape"),
        ([], ["a"], "Columns name the values of a row"),
    ],
)
def test_names_that_cannot_be_are_refused(shapes: list[Any], names: list[str], problem: str) -> None:
    with pytest.raises(InvalidRequest, match=problem):
        named_columns(signature(*shapes), names)


def test_inputs_of_one_column_each_name_the_columns_where_nobody_else_does() -> None:
    split = signature((-1,), (-1, 1))

    assert known_columns(manifest(split)) == (Column("i0", "FP32"), Column("i1", "INT64"))
    assert known_columns(manifest(split, Column("a", "FP32"), Column("b", "INT64")))[0].name == "a"
    assert known_columns(manifest(signature((-1, 2)))) == ()


def test_a_manifest_without_columns_says_nothing_of_them() -> None:
    assert "columns" not in manifest(signature((-1, 2))).to_json()


@pytest.mark.parametrize(
    ("line", "names"), [("a", ("a",)), ("a,b c", ("a", "b c")), ('"a, b",c', ("a, b", "c")), ("a,", ("a", ""))]
)
def test_names_have_commas_between_them(line: str, names: tuple[str, ...]) -> None:
    assert split_names(line) == names


@pytest.mark.parametrize("line", ['"a', '"a"b', "a\nb"])
def test_what_is_no_line_of_names_is_refused(line: str) -> None:
    with pytest.raises(InvalidRequest, match="names with commas between them"):
        split_names(line)


def written(*columns: object) -> bytes:
    return json.dumps(
        manifest(signature((-1, 1))).to_json() | {"columns": columns, "created": "", "version": 1}
    ).encode()


def test_what_newer_code_says_of_a_column_is_kept() -> None:
    held = {"name": "a", "datatype": "FP32", "unit": "kg"}
    found = Manifest.parse(written(held), "here")

    assert json.loads(found.dump())["columns"] == [held]
    assert hash(found.columns) == hash((Column("a", "FP32"),))


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        (7, r"columns\[0\] must be a JSON object"),
        ({"datatype": "FP32"}, r"columns\[0\]: name must be text"),
        ({"name": "a"}, r"columns\[0\]: datatype must be text"),
        ({"name": "a", "datatype": "float"}, r"columns\[0\]: datatype must be one of BOOL"),
    ],
)
def test_a_wrong_column_is_named(column: object, problem: str) -> None:
    with pytest.raises(CorruptObject, match=problem):
        Manifest.parse(written(column), "here")
