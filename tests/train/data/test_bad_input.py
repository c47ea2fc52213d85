"""Data that are not as a job says: each is a sentence that names the column, the row and the value."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from modelet.errors import InvalidJob, OutOfMemory
from modelet.train.data import Data, load
from modelet.train.table import Kind

HUNDRED = "".join(f"{at},{at % 3},{'pq'[at % 2]}\n" for at in range(100))


def refused(path: Path, text: str | bytes, data: Data) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InvalidJob) as caught:
        load(data)
    return caught.value.message.replace(str(path), "DATA")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "DATA is empty: it has no header and no row."),
        ("a,b,y\n", "DATA has no rows."),
        ("a,b,y\n1,2,p\n3,4,p\n", "The target 'y' has only 'p' in all rows: there is nothing to tell apart."),
        ("a,b,y\n1,2,\n3,4,NA\n", "The target 'y' has no value in any row."),
        ("a,b,Y\n1,2,p\n3,4,q\n", "data.target: there is no column 'y' (did you mean 'Y'?)."),
        ("a,b,c\n1,2,p\n3,4,q\n", "data.target: there is no column 'y'; there are a, b, c."),
        ("a,b,y\n1,,p\n3,NA,q\n", "Column 'b' has no value in any row: drop it."),
        ("a,a,y\n1,2,p\n3,4,q\n", "The header of DATA names 'a' twice."),
        ("y\np\nq\n", "No column is left to learn from beside the target 'y'."),
        ("a,b,y\n1,2,p\n3,4\n", "DATA cannot be read as csv: CSV parse error: Row #3: Expected 3 columns, got 2: 3,4"),
        (b"a,b,y\n\xff,2,p\n3,4,q\n", "DATA cannot be read as csv: In CSV column #0"),
        (
            "a,b,y\n1,2,p\n3,inf,q\n",
            "Column 'b' is infinite, or larger than FP32 holds (inf), in row 2 of DATA",
        ),
        ("a,b,y\n1,1e39,p\n3,4,q\n", "Column 'b' is infinite, or larger than FP32 holds (1e+39), in row 1 of DATA"),
        (
            "a,b,y\n1,2,0.5\n3,4,-inf\n",
            "The target 'y' is infinite, or larger than FP32 holds (-inf), in row 2 of DATA: mend it, or give",
        ),
        ("a,b,y\n1,2,0.5\n3,4,1e299\n", "The target 'y' is infinite, or larger than FP32 holds (1e+299), in row 2"),
        (
            "a,b,y\n" + HUNDRED + "old,1,p\n",
            "Column 'a' holds numbers, but there is 'old' in row 101 of DATA: mend it, add it to data.missing_values",
        ),
        (
            "a,b,y\n" + HUNDRED.replace("p", "1").replace("q", "0") + "1,1,yes\n",
            "Column 'y' holds numbers, but there is 'yes' in row 101 of DATA",
        ),
    ],
)
def test_a_csv_that_is_not_as_the_job_says_is_refused(tmp_path: Path, text: str | bytes, problem: str) -> None:
    path = tmp_path / "a.csv"

    assert refused(path, text, Data(str(path), target="y")).startswith(problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "DATA has no rows."),
        ("[]", "DATA has no rows."),
        ('{"a": 1, "y": "p"}\n[1, 2]\n', "Row 2 of DATA is no JSON object, but begins with '['."),
        ('[{"a": 1, "y": "p"}, 7]', "Row 2 of DATA is no JSON object, but begins with '7'."),
        ('{"a": 1, "y": "p"}\n{"a": 1, \n', "Row 2 of DATA is not JSON: "),
        ('[{"a": 1, "y": "p"}, {"a": 2, "y": "q"}', "DATA ends within its array, after row 2."),
        ('{"a": [1], "y": "p"}\n', "Column 'a' of row 1 of DATA is a list or an object, where one value is expected"),
        ('{"a": 1, "y": "p"}\n{"a": Infinity, "y": "q"}', "Column 'a' is infinite"),
        ('{"a": 1, "Y": "p"}\n', "data.target: there is no column 'y' (did you mean 'Y'?)."),
        (b'{"a": "\xff"}', "DATA cannot be read as JSON objects: 'utf-8' codec can't decode byte 0xff"),
        (
            '{"a": 1.5, "y": "p"}\n' * 99 + '{"a": "old", "y": "q"}',
            "Column 'a' holds numbers, but there is 'old' in row 100 of DATA",
        ),
    ],
)
def test_json_that_is_not_as_the_job_says_is_refused(tmp_path: Path, text: str | bytes, problem: str) -> None:
    path = tmp_path / "a.json"

    assert refused(path, text, Data(str(path), target="y")).startswith(problem)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.parquet", b"PAR1", "DATA cannot be read as parquet: "),
        ("a.npz", b"PK", "DATA cannot be read as npz: File is not a zip file"),
        ("a.csv.gz", b"a,y\n", "DATA cannot be read as csv: zlib inflate failed"),
        ("a.csv.zst", b"a,y\n", "DATA cannot be read as csv: ZSTD decompress failed"),
    ],
)
def test_an_object_of_another_format_is_refused(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    path = tmp_path / name

    assert refused(path, content, Data(str(path), target="y")).startswith(problem)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"columns": ("ag",)}, "data.columns: there is no column 'ag' (did you mean 'age'?)."),
        ({"drop": ("AGE",)}, "data.drop: there is no column 'AGE' (did you mean 'age'?)."),
        ({"types": {"height": "number"}}, "data.types: there is no column 'height'; there are age, city, y."),
        ({"group": "person"}, "data.group: there is no column 'person'"),
        ({"time": "year"}, "data.time: there is no column 'year'"),
        ({"types": {"city": "number"}}, "Column 'city' is said to hold numbers, but there is 'Rome' in row 1 of DATA."),
        ({"time": "city"}, "Column 'city' of data.time holds neither numbers nor dates as in 2026-07-31"),
        ({"labels": "b.idx"}, "data.labels belongs to the format idx, and 'DATA' is csv."),
        ({"target": None, "drop": ("y",)}, "data.target must say which column is to be predicted: one of age, city, y"),
        ({"target": "city", "types": {"city": "number"}}, "The target 'city' is said to hold numbers, but there is"),
    ],
)
def test_columns_that_are_not_there_are_named_with_those_that_were_meant(
    tmp_path: Path, data: dict[str, object], problem: str
) -> None:
    path = tmp_path / "a.csv"
    said = Data(**{"source": str(path), "target": "y", **data})  # type: ignore[arg-type]

    assert refused(path, "age,city,y\n1,Rome,p\n2,Oslo,q\n", said).startswith(problem)


def test_a_quote_that_is_never_closed_is_suspected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"

    problem = refused(path, 'a,y\n1,p\n"2,q\n' + "3,p\n" * 4_000_000, Data(str(path), target="y"))

    assert problem == "A row of DATA is longer than 4 MB: is a quote open that is never closed?"


def test_texts_that_are_all_different_are_no_classes(tmp_path: Path) -> None:
    rows = "".join(f"{at},name {at}\n" for at in range(1500))

    problem = refused(tmp_path / "a.csv", "a,y\n" + rows, Data(str(tmp_path / "a.csv"), target="y"))

    assert problem == "The target 'y' holds 1500 different texts: these are no classes."


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"columns": ()}, "columns must name at least one column"),
        ({"columns": ("a", "y")}, "'y' is the target, and can be nothing else"),
        ({"drop": ("y",)}, "'y' is the target, and can be nothing else"),
        ({"group": "y"}, "'y' is the target, and can be nothing else"),
        ({"columns": ("a",), "drop": ("a",)}, "'a' stands twice in columns and drop"),
        ({"columns": ("a", "a")}, "'a' stands twice in columns and drop"),
        ({"types": {"y": "text"}}, "the target 'y' can be a number or a category"),
    ],
)
def test_a_column_has_one_purpose(data: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Data("a.csv", target="y", **data)  # type: ignore[arg-type]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that is full, no file of this process can grow beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_disk_that_fills_is_said_with_what_to_do(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,y\n" + "".join(f"{at}.5,{at % 2}\n" for at in range(1_000_000)))
    data = Data(str(path), target="y", memory_mb=16, types={"a": kind})

    with files_of_at_most(1 << 20), pytest.raises(OutOfMemory, match=r"is full .*: set TMPDIR .* data\.max_rows"):
        load(data)


def test_texts_that_do_not_fit_the_memory_are_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,y\n" + "".join(f"{'word ' * 40}{at},{at % 2}\n" for at in range(80_000)))

    with pytest.raises(OutOfMemory, match=r"do not fit data\.memory_mb: 16"):
        load(Data(str(path), target="y", memory_mb=16))
    assert len(load(Data(str(path), target="y", memory_mb=16, max_rows=1000))) == 1000
