"""What columns are taken for, what the job says instead, and what becomes of missing values."""

from pathlib import Path

import numpy as np
import pytest

from modelet.train.data import Data, Described, describe, load
from modelet.train.table import Field, Kind, Table


def table_of(tmp_path: Path, column: list[str], **data: object) -> Table:
    path = tmp_path / "a.csv"
    lines = [f'"{value}",{at % 2},{at}' for at, value in enumerate(column)]
    path.write_text("\n".join(["a,y,n", *lines]))
    return load(Data(str(path), target="y", drop=("n",), **data))  # type: ignore[arg-type]


JAPANESE = [f"今日は天気がいいので散歩に行きましょうと彼女は言ったそして歩いた{at}" for at in range(4)]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["1", " 2 ", "+3.5", "-.5e2"], Field("a")),
        (["007", "8", "", "NA"], Field("a", "category", numeric=False)),
        (["0", "10", "-07"], Field("a")),
        (["0", "8", "10"], Field("a")),
        (["00.5", "8", "007"], Field("a")),
        (["TRUE", "false", "True", ""], Field("a")),
        (["red", "green", "red", "blue"], Field("a", "category", numeric=False)),
        (["1", "red", "2", "green"], Field("a", "category", numeric=False)),
        (["the first of all", "a second one", "one that is third", "and the last"], Field("a", "text", numeric=False)),
        (JAPANESE, Field("a", "text", numeric=False)),
        (["New York City"] * 3 + ["Salt Lake City"] * 3, Field("a", "category", numeric=False)),
    ],
)
def test_columns_are_numbers_categories_or_texts(tmp_path: Path, column: list[str], expected: Field) -> None:
    assert table_of(tmp_path, column).fields == (expected,)


@pytest.mark.parametrize(
    ("column", "kind", "expected", "values"),
    [
        (["1", "2"], "category", Field("a", "category", numeric=True), [1, 2]),
        (["01234", "98101"], "category", Field("a", "category", numeric=False), ["01234", "98101"]),
        (["16777217", "3"], "category", Field("a", "category", numeric=False), ["16777217", "3"]),
        (["1", "2"], "text", Field("a", "text", numeric=False), ["1", "2"]),
        (["red", "green"], "text", Field("a", "text", numeric=False), ["red", "green"]),
        (["1", ""], "number", Field("a"), [1, np.nan]),
        (["01234", "1234"], "number", Field("a"), [1234, 1234]),
    ],
)
def test_a_job_may_say_what_a_column_is(
    tmp_path: Path, column: list[str], kind: Kind, expected: Field, values: list[object]
) -> None:
    table = table_of(tmp_path, column, types={"a": kind})

    assert table.fields == (expected,)
    np.testing.assert_array_equal(
        next(iter(table.columns()))[1], np.array(values, object if isinstance(values[0], str) else float)
    )


def test_missing_values_are_what_the_job_says(tmp_path: Path) -> None:
    usual = table_of(tmp_path, ["1", "", "NA", "null"])
    own = table_of(tmp_path, ["1", "", "?", " - "], missing_values=("?", "-"))
    text = table_of(tmp_path, ["red", "", "?", "NA"], missing_values=("?",))

    for table in (usual, own):
        np.testing.assert_array_equal(table.rows[:, 0], [1, np.nan, np.nan, np.nan])
    assert text.rows["a"].tolist() == ["red", "", "", "NA"]


def test_a_column_may_turn_out_to_be_something_else_late(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    numbers = "".join(f"{at % 100:05},{at % 2}\n" for at in range(900_000))  # more than one block
    path.write_text("a,y\n" + numbers + "x9,0\n" * 200_000)

    table = load(Data(str(path), target="y"))

    assert table.fields == (Field("a", "category", numeric=False),)
    assert [table.rows["a"][at] for at in (0, 7, 900_000)] == ["00000", "00007", "x9"]


@pytest.mark.parametrize(
    ("values", "kind", "task", "truth"),
    [
        (["3", "5", "3"], None, "binary", [3, 5, 3]),
        (["1", "2", "3"], None, "multiclass", [1, 2, 3]),
        (["1", "2", "3"], "number", "regression", [1.0, 2.0, 3.0]),
        (["1.5", "2", "3"], None, "regression", [1.5, 2.0, 3.0]),
        (["1.5", "2.5", "1.5"], "category", "binary", ["1.5", "2.5", "1.5"]),
        (["TRUE", "FALSE", "TRUE"], None, "binary", [1, 0, 1]),
        (["01", "02", "03"], None, "multiclass", ["01", "02", "03"]),
        (["a", "b", "a"], None, "binary", ["a", "b", "a"]),
    ],
)
def test_the_task_follows_the_target(
    tmp_path: Path, values: list[str], kind: Kind | None, task: str, truth: list[object]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,y\n" + "".join(f"{at},{value}\n" for at, value in enumerate(values)))

    table = load(Data(str(path), target="y", types={"y": kind} if kind else {}))

    assert (table.task, table.truth.tolist()) == (task, truth)


def test_many_whole_numbers_are_amounts_unless_the_job_says_that_they_are_classes(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,y\n" + "".join(f"{at},{at}\n" for at in range(1500)))

    assert load(Data(str(path), target="y")).task == "regression"
    assert load(Data(str(path), target="y", types={"y": "category"})).task == "multiclass"


def test_rows_without_a_target_are_left_out_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,y\n1,p\n2,\n3,q\n4,NA\n")

    table = load(Data(str(path), target="y"))

    assert table.rows.tolist() == [[1], [3]]
    assert table.notes == (
        f"2 rows without a value of 'y', the target, were left out, the first of them row 2 of {path}.",
    )


def test_groups_and_moments_are_no_features_unless_they_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,who,when,y\n1,ann,2024-05-01T10:00:00Z,p\n2,bob,2024-05-01T10:00:01Z,q\n")

    table = load(Data(str(path), target="y", group="who", time="when"))
    listed = load(Data(str(path), target="y", group="who", time="when", columns=("a", "who")))

    assert [field.name for field in table.fields] == ["a"]
    assert [field.name for field in listed.fields] == ["a", "who"]
    assert table.groups is not None
    assert table.groups.tolist() == ["ann", "bob"]
    assert table.moments is not None
    assert (table.moments[1] - table.moments[0], table.moments[0]) == (1.0, 1714557600.0)


def test_a_table_describes_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("n,c,t,y\n1,red,a text of words,p\n2.5,,another text of words,q\n,red,the third of the texts,p\n")

    described = describe(load(Data(str(path), target="y", types={"t": "text"})))

    assert described == (
        Described("n", "number", 2, 1, "1 … 2.5"),
        Described("c", "category", 1, 1, "red"),
        Described("t", "text", 3, 0, "a text of words, another text of words, the third of the texts"),
        Described("y", "target (binary)", 2, 0, "p, q"),
    )
    assert described[0].to_json() == {"name": "n", "kind": "number", "distinct": 2, "missing": 1, "values": "1 … 2.5"}
