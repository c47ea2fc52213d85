"""A share of the learning rows: in proportion, nested, and the newest by time."""

from dataclasses import replace

import numpy as np
import pytest

from modelet.train.search.shares import some_rows
from modelet.train.table import Field, Table

ROWS = np.arange(100, dtype=np.float32).reshape(-1, 1)
CLASSES = Table("test", (Field("a"),), ROWS, np.array(["many"] * 90 + ["few"] * 10), "binary")
NUMBERS = Table("test", (Field("a"),), ROWS, np.arange(100.0), "regression")


def taken(table: Table) -> list[float]:
    found: list[float] = table.rows[:, 0].tolist()
    return found


@pytest.mark.parametrize("table", [CLASSES, NUMBERS], ids=["classes", "numbers"])
def test_a_larger_share_has_all_rows_of_a_smaller_one(table: Table) -> None:
    third, half = (taken(some_rows(table, share, None, seed=1)) for share in (0.3, 0.5))

    assert (len(third), len(half)) == (30, 50)
    assert set(third) < set(half)
    assert half == sorted(half)
    assert taken(some_rows(table, 1.0, None, seed=1)) == taken(table)


def test_each_class_has_its_share() -> None:
    found = some_rows(CLASSES, 0.3, None, seed=1).truth.tolist()

    assert (found.count("many"), found.count("few")) == (27, 3)
    assert some_rows(CLASSES, 0.001, None, seed=1).truth.tolist().count("few") == 1


def test_by_time_the_newest_rows_are_taken() -> None:
    backwards = replace(CLASSES, moments=np.arange(100)[::-1])

    assert taken(some_rows(backwards, 0.2, "time", seed=1)) == list(range(20))


def test_the_seed_decides_which_rows() -> None:
    assert taken(some_rows(NUMBERS, 0.3, None, seed=1)) != taken(some_rows(NUMBERS, 0.3, None, seed=2))
