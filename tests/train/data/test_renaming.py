"""Columns get the names that requests are to use."""

from pathlib import Path

import pytest

from modelet.errors import InvalidJob
from modelet.train.data import Data, load

CSV = "T,n,kind\nwarm and sunny,1,a\ncold and wet today,2,b\ndry and windy today,3,a\nmild,4,b\n"


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A file with a column of each kind."""
    path = tmp_path / "rows.csv"
    path.write_text(CSV)
    return str(path)


def test_a_column_is_renamed_whatever_it_holds(source: str) -> None:
    mixed = load(Data(source, target="kind", types={"T": "text"}, rename={"T": "text"}))
    numbers = load(Data(source, target="kind", columns=("n",), rename={"n": "amount"}))

    assert [field.name for field in mixed.fields] == list(mixed.rows.columns) == ["text", "n"]
    assert mixed.rows["text"][3] == "mild"
    assert [field.name for field in numbers.fields] == ["amount"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"t": "text"}, "names 't', which is not learnt from; these are: T, n"),
        ({"T": "n"}, "two columns of the name 'n'"),
    ],
)
def test_names_that_cannot_be_are_refused(source: str, names: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidJob, match=message):
        load(Data(source, target="kind", rename=names))
