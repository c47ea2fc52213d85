"""Numbers that FP32 does not tell apart: the user is told of a column that loses some."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from modelet.train.data import Data, load
from modelet.train.table import Kind
from tests.train.data.written import write_csv, write_jsonl, write_parquet

SECONDS = 1_700_000_000
NANOSECONDS = 1_700_000_000_000_000_000
WRITERS = (write_csv, write_parquet, write_jsonl)


def notes_of(tmp_path: Path, values: Sequence[float | None], types: dict[str, Kind] | None = None) -> tuple[str, ...]:
    path = tmp_path / "a.csv"
    path.write_text("ts,y\n" + "".join(f"{'' if ts is None else ts},{'pq'[at % 2]}\n" for at, ts in enumerate(values)))
    return load(Data(str(path), target="y", types=types or {})).notes


def test_a_note_tells_what_becomes_of_the_numbers_and_what_to_do_in_every_format(tmp_path: Path) -> None:
    rows = [{"ts": SECONDS + at, "y": "pq"[at % 2]} for at in range(300)]
    sources = [write(tmp_path / f"a.{write.__name__.removeprefix('write_')}", rows) for write in WRITERS]

    tables = [load(Data(str(source), target="y")) for source in sources]

    note = (
        "Column 'ts': 300 distinct numbers (1700000000 … 1700000299) become 3 as FP32, which is what is learnt from, "
        "whatever export.precision says; rows that differ in nothing else count as repeated. To tell them apart, set "
        "data.types: {ts: category}, or subtract an offset; or drop the column."
    )
    assert [table.notes for table in tables] == [(note,)] * 3


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            [SECONDS + at % 300 + 0.5 for at in range(900)],
            "300 distinct numbers (1700000000.5 … 1700000299.5) become 3 ",
        ),
        ([NANOSECONDS + at for at in range(300)], "300 distinct numbers (1700000000000000000 … "),
        ([*range(100), None, 2**24, 2**24 + 1], "2 distinct numbers (16777216 … 16777217) become 1 "),
        ([-(2**24), 5, -(2**24) - 1], "2 distinct numbers (-16777217 … -16777216) become 1 "),
        (range(2**24 - 5000, 2**24 + 15_000), "the first 10000 distinct numbers (16777216 … 16787215) become 5001 "),
    ],
)
def test_whatever_becomes_equal_is_counted(tmp_path: Path, values: Sequence[float | None], told: str) -> None:
    (note,) = notes_of(tmp_path, values)

    assert note.startswith(f"Column 'ts': {told}")


def test_numbers_of_later_blocks_are_compared_with_earlier_ones(tmp_path: Path) -> None:
    blocks = [SECONDS, *[1] * 2_500_000, SECONDS + 1]  # more than one block between the two

    (note,) = notes_of(tmp_path, blocks)

    assert note.startswith("Column 'ts': 2 distinct numbers (1700000000 … 1700000001) become 1 ")


@pytest.mark.parametrize(
    "values",
    [
        range(2**24 - 300, 2**24 + 1),
        [2**30, -(2**30), 2**40, None],
        [at / 1000 for at in range(3000)],
        [*[at / 1000 for at in range(3000)], 0.1 + 1e-12],
    ],
)
def test_nothing_is_told_where_numbers_stay_apart_or_but_a_few_measurements_meet(
    tmp_path: Path, values: Sequence[float | None]
) -> None:
    assert notes_of(tmp_path, values) == ()


def test_nothing_is_told_of_a_category(tmp_path: Path) -> None:
    assert notes_of(tmp_path, range(SECONDS, SECONDS + 300), {"ts": "category"}) == ()
