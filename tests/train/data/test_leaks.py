"""What would make a model look better than it is, found before training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from modelet.errors import InvalidJob
from modelet.train.data import Data, check_leaks, find_leaks, load
from modelet.train.data.duplicates import first_of_each, row_keys
from modelet.train.splitting import Split
from modelet.train.table import Field, Table
from modelet.train.task import Task

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=(1000, 3)).astype(np.float32)
TRUTH = np.array(["no", "yes"])[RANDOM.integers(0, 2, 1000)]


def table_of(columns: dict[str, np.ndarray], truth: np.ndarray = TRUTH) -> Table:
    fields = tuple(
        Field(name, "category" if column.dtype == object else "number", numeric=column.dtype != object)
        for name, column in columns.items()
    )
    task: Task = "regression" if truth.dtype.kind == "f" else "binary"
    if all(field.numeric for field in fields):
        return Table("made", fields, np.column_stack([*columns.values()]).astype(np.float32), truth, task)
    frame = pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in columns.items()})
    return Table("made", fields, frame, truth, task)


def giveaways(table: Table) -> list[str | None]:
    learnt, held = Split().positions(table, 0)
    return [leak.column for leak in find_leaks(table, learnt, held) if leak.kind == "giveaway"]


def noise(**columns: np.ndarray) -> dict[str, np.ndarray]:
    return {"a": NOISE[:, 0], "b": NOISE[:, 1], **columns}


EVENTS = np.where(TRUTH == "yes", "Made Shot", "Missed Shot").astype(object)
AMOUNTS = RANDOM.gamma(2, 100, 1000)


@pytest.mark.parametrize(
    ("column", "truth"),
    [
        (EVENTS, TRUTH),
        ((TRUTH == "yes").astype(np.float32), TRUTH),
        (np.where(TRUTH == "yes", 5, RANDOM.choice([1, 9], 1000)).astype(np.float32), TRUTH),
        (np.where(TRUTH == "yes", RANDOM.normal(size=1000), np.nan).astype(np.float32), TRUTH),
        ((AMOUNTS * 1.19).astype(np.float32), AMOUNTS),
        (np.log(AMOUNTS).astype(np.float32), AMOUNTS),
    ],
    ids=["words", "same", "between", "missing", "tax", "logarithm"],
)
def test_a_column_that_gives_the_target_away_is_found(column: np.ndarray, truth: np.ndarray) -> None:
    assert giveaways(table_of(noise(event=column), truth)) == ["event"]


@pytest.mark.parametrize(
    ("column", "truth"),
    [
        (NOISE[:, 2], TRUTH),
        (np.arange(1000, dtype=np.float32), TRUTH),
        (np.array([f"shot {at}" for at in range(1000)], object), TRUTH),
        (np.where(RANDOM.random(1000) < 0.95, TRUTH, "yes").astype(object), TRUTH),
        (np.zeros(1000, np.float32), np.where(np.arange(1000) < 2, "yes", "no")),
        ((AMOUNTS + RANDOM.normal(0, 30, 1000)).astype(np.float32), AMOUNTS),
    ],
    ids=["noise", "row numbers", "names", "good", "rare class", "near"],
)
def test_a_column_that_only_helps_is_not_taken_for_a_leak(column: np.ndarray, truth: np.ndarray) -> None:
    assert giveaways(table_of(noise(helps=column), truth)) == []


def test_the_only_column_and_a_few_rows_prove_nothing() -> None:
    assert giveaways(table_of({"event": EVENTS})) == []
    assert giveaways(table_of(noise(event=EVENTS)).take(np.arange(60))) == []


def test_bundled_sets_leak_nothing() -> None:
    for name in ("breast_cancer", "diabetes", "digits", "iris", "wine"):
        assert giveaways(load(Data(f"sklearn:{name}"))) == []


def test_held_out_rows_take_no_part_in_finding_giveaways() -> None:
    table = table_of(noise(event=EVENTS))
    learnt, held = Split().positions(table, 0)
    rows = table.rows.copy()
    rows.loc[held, "event"] = "?"

    found = find_leaks(replace(table, rows=rows), learnt, held)

    assert [(leak.column, leak.share) for leak in found if leak.kind == "giveaway"] == [("event", 1.0)]


def test_a_job_with_a_giveaway_is_refused_unless_it_says_that_it_may() -> None:
    table = table_of(noise(event=EVENTS))
    leaks = find_leaks(table, *Split().positions(table, 0))

    with pytest.raises(InvalidJob) as caught:
        check_leaks(Data("a.csv"), leaks)
    check_leaks(Data("a.csv", leaks="warn"), leaks)

    assert caught.value.message.startswith("Column 'event' alone gives the target 'target' away: a rule of it alone ")
    assert "drop it by data.drop: [event], or set data.leaks: warn." in caught.value.message


@pytest.mark.parametrize("as_text", [False, True])
def test_rows_on_both_sides_of_a_split_are_counted_and_are_no_reason_to_refuse(as_text: bool) -> None:
    values = np.arange(100) % 90  # ten rows come twice
    column = values.astype(str).astype(object) if as_text else values.astype(np.float32)
    table = table_of({"a": column, "b": np.zeros(100, np.float32)}, (values % 2).astype(np.int64))

    leaks = find_leaks(table, np.arange(85), np.arange(85, 100))

    assert [(leak.kind, leak.count) for leak in leaks] == [("duplicates", 10)]
    assert leaks[0].message.startswith("10 of 15 held-out rows (66.7%) are also among those to learn from")
    check_leaks(Data("a.csv"), leaks)


def test_rows_with_two_answers_are_counted() -> None:
    table = table_of({"a": np.array([1, 1, 2, 2, 3], np.float32)}, np.array([0, 1, 1, 1, 0]))

    leaks = find_leaks(table, np.array([0, 1, 2]), np.array([4]))

    assert [(leak.kind, leak.count, leak.share) for leak in leaks] == [("contradictions", 2, 0.4)]


def test_missing_values_and_zeros_are_equal_to_each_other() -> None:
    other_nan = np.frombuffer(np.uint32(0x7FC12345).tobytes(), np.float32)[0]
    table = table_of({"a": np.array([np.nan, other_nan, 0.0, -0.0, 1], np.float32)}, np.array([0, 1, 0, 1, 1]))

    assert first_of_each(table).tolist() == [0, 2, 4]
    assert len(set(row_keys(table).tolist())) == 3
    assert table.take(np.array([0])).digest() == replace(table.take(np.array([1])), truth=np.array([0])).digest()


def test_later_rows_that_repeat_earlier_ones_are_left_out_where_the_job_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,y,id\nsame,p,1\nother,q,2\nsame,q,3\nsame,p,4\n")

    every = load(Data(str(path), target="y", columns=("text",)))
    once = load(Data(str(path), target="y", columns=("text",), deduplicate=True))

    assert (len(every), every.notes) == (4, ())
    assert (once.rows["text"].tolist(), once.truth.tolist()) == (["same", "other"], ["p", "q"])
    assert once.notes == ("2 rows that repeat an earlier one in every column that is learnt from were left out.",)
