"""The table of checks in docs/benchmarks.md names tests that there are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8").partition("## What keeps it so")[2]
ROWS = [row.split(" | ")[-1] for row in TABLE.splitlines() if row.startswith("| ") and "tests/" in row]


@pytest.mark.parametrize("cell", ROWS)
def test_a_check_that_is_named_is_there(cell: str) -> None:
    source = ""
    for named in re.findall(r"`([^`]+)`", cell):
        path, _, name = named.partition("::")
        source = (ROOT / path).read_text(encoding="utf-8") if path else source
        assert f"def {name}(" in source if name else "def test_" in source


def test_every_row_names_a_check() -> None:
    assert len(ROWS) == TABLE.count("\n| ") - 2
