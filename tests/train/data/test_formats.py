"""Every format leads to the same table, compressed or not, in one object or in several."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from modelet.errors import InvalidJob
from modelet.train.data import Data, load
from modelet.train.table import Field
from tests.train.data.written import (
    PEOPLE,
    Rows,
    compressed,
    write_csv,
    write_idx,
    write_json,
    write_jsonl,
    write_parquet,
)

Write = Callable[[Path, Rows], Path]
WRITERS: dict[str, Write] = {
    ".csv": write_csv,
    ".parquet": write_parquet,
    ".jsonl": write_jsonl,
    ".json": write_json,
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_rows_are_the_same_in_every_format(tmp_path: Path, suffix: str) -> None:
    source = WRITERS[suffix](tmp_path / f"people{suffix}", PEOPLE)

    table = load(Data(str(source), target="bought"))

    assert table.fields == (
        Field("age"),
        Field("height"),
        Field("city", "category", numeric=False),
        Field("member"),
    )
    assert table.rows["age"].tolist() == [31, 44, 27, 60]
    assert np.isnan(table.rows["height"]).tolist() == [False, True, False, False]
    assert table.rows["city"].tolist() == ["Rome", "Oslo", "", "Rome"]
    assert table.rows["city"].dtype == object
    assert table.rows["member"].tolist() == [1, 0, 1, 0]
    assert {str(table.rows[name].dtype) for name in ("age", "height", "member")} == {"float32"}
    assert (table.truth.tolist(), table.task, table.target) == (["yes", "no", "yes", "no"], "binary", "bought")


def test_the_digest_does_not_depend_on_the_format(tmp_path: Path) -> None:
    sources = [write(tmp_path / f"people{suffix}", PEOPLE) for suffix, write in WRITERS.items()]
    others = [write_csv(tmp_path / "others.csv", [{**row, "age": row["age"] + 1} for row in PEOPLE])]

    digests = [load(Data(str(source), target="bought")).digest() for source in (*sources, *others)]

    assert len(set(digests[:4])) == 1
    assert digests[4] not in digests[:4]


@pytest.mark.parametrize("target", ["bought", "age", "height"])
def test_the_digest_of_a_matrix_does_not_depend_on_the_format_either(tmp_path: Path, target: str) -> None:
    columns = tuple(name for name in ("age", "height", "member") if name != target)
    sources = [write(tmp_path / f"people{suffix}", PEOPLE) for suffix, write in WRITERS.items()]

    tables = [load(Data(str(source), target=target, columns=columns)) for source in sources]

    assert [table.is_matrix for table in tables] == [True] * 4
    assert len({table.digest() for table in tables}) == 1


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl"])
def test_columns_that_are_not_needed_may_hold_anything(tmp_path: Path, suffix: str) -> None:
    rows = [{**row, "tags": ["a", "b"]} for row in PEOPLE]
    source = str(WRITERS[suffix](tmp_path / f"people{suffix}", rows))

    dropped = load(Data(source, target="bought", drop=("tags", "city")))
    listed = load(Data(source, target="bought", columns=("age", "height", "member")))

    assert dropped.digest() == listed.digest()
    with pytest.raises(InvalidJob, match=r"Column 'tags' of .* (is a list|holds list<.*>, where one value)"):
        load(Data(source, target="bought"))


@pytest.mark.parametrize("compression", [".gz", ".zst"])
@pytest.mark.parametrize("suffix", WRITERS)
def test_compressed_objects_are_read(tmp_path: Path, suffix: str, compression: str) -> None:
    plain = load(Data(str(write_csv(tmp_path / "plain.csv", PEOPLE)), target="bought"))
    source = compressed(WRITERS[suffix](tmp_path / f"people{suffix}", PEOPLE), compression)

    assert load(Data(str(source), target="bought")).digest() == plain.digest()


def test_a_csv_may_have_quoted_line_ends_a_mark_of_byte_order_and_another_delimiter(tmp_path: Path) -> None:
    source = tmp_path / "notes.txt"
    source.write_bytes('\ufeffnote;kind\n"two\nlines; ""quoted""";a\nplain;b\n'.encode())

    table = load(Data(str(source), format="csv", target="kind", delimiter=";"))

    assert table.rows["note"].tolist() == ['two\nlines; "quoted"', "plain"]


def test_json_objects_may_lack_keys_and_have_new_ones_later(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    source.write_text('{"a": 1, "y": "p"}\n\n' * 9000 + '{"b": 2.5, "y": "q"}\n{"y": "q", "a": null, "b": 3}')

    table = load(Data(str(source), target="y"))

    assert [field.name for field in table.fields] == ["a", "b"]
    np.testing.assert_array_equal(table.rows[-3:], [[1, np.nan], [np.nan, 2.5], [np.nan, 3]])


def test_a_json_array_is_read_piece_by_piece(tmp_path: Path) -> None:
    texts = [f"{'é' * 300_000} {at}" for at in range(12)]  # several pieces, cut within letters and objects
    source = write_json(tmp_path / "long.json", [{"t": text, "s": at % 2} for at, text in enumerate(texts)])

    table = load(Data(str(source), target="s"))

    assert table.rows["t"].tolist() == texts
    assert table.truth.tolist() == [0, 1] * 6


def test_text_in_json_and_parquet_stays_text_where_it_looks_like_numbers(tmp_path: Path) -> None:
    rows = [{"zip": zipped, "y": y} for zipped, y in (("01234", "a"), ("98101", "b"))]

    for source in (write_jsonl(tmp_path / "a.jsonl", rows), write_parquet(tmp_path / "a.parquet", rows)):
        table = load(Data(str(source), target="y"))
        assert table.fields == (Field("zip", "category", numeric=False),)
        assert table.rows["zip"].tolist() == ["01234", "98101"]


def test_codes_with_leading_zeros_are_the_same_category_from_csv(tmp_path: Path) -> None:
    rows = [{"zip": zipped, "y": y} for zipped, y in (("98101", "a"), ("01234", "b"), ("1234", "c"), (None, "a"))]
    sources = [write(tmp_path / f"a{suffix}", rows) for suffix, write in WRITERS.items()]

    tables = [load(Data(str(source), target="y")) for source in sources]

    assert len({table.digest() for table in tables}) == 1
    assert {table.fields for table in tables} == {(Field("zip", "category", numeric=False),)}
    assert [len(table.notes) for table in tables] == [1, 0, 0, 0]
    assert tables[0].notes[0] == (
        "Column 'zip' is taken for a category, for some of its digits begin with zeros, as '01234' in row 2 of "
        f"{sources[0]}: set data.types: {{zip: number}} if these mean nothing."
    )
    assert load(Data(str(sources[0]), target="y", types={"zip": "number"})).notes == ()


def test_dates_decimals_and_dictionaries_of_parquet_are_read(tmp_path: Path) -> None:
    import datetime
    import decimal

    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "when": [datetime.date(2024, 1, 2), datetime.date(2025, 1, 2)],
        "price": [decimal.Decimal("1.25"), decimal.Decimal("2.50")],
        "kind": pa.array(["a", "b"]).dictionary_encode(),
        "y": ["p", "q"],
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")

    table = load(Data(str(tmp_path / "a.parquet"), target="y"))

    assert table.rows["when"].tolist() == ["2024-01-02", "2025-01-02"]
    assert table.rows["price"].tolist() == [1.25, 2.5]
    assert table.rows["kind"].tolist() == ["a", "b"]


@pytest.mark.parametrize("labels", [np.array([3, 7, 3]), np.array(["three", "seven", "three"])])
def test_an_npz_archive_has_rows_and_truth(tmp_path: Path, labels: np.ndarray) -> None:
    rows = np.arange(12, dtype=np.float64).reshape(3, 2, 2)
    np.savez_compressed(tmp_path / "a.npz", images=rows, digits=labels)

    table = load(Data(str(tmp_path / "a.npz"), rows="images", truth="digits"))

    assert [field.name for field in table.fields] == ["images_0", "images_1", "images_2", "images_3"]
    np.testing.assert_array_equal(table.rows, rows.reshape(3, 4))
    assert (table.truth.tolist(), table.target) == (labels.tolist(), "digits")


def test_idx_images_are_rows_of_pixels_with_their_labels(tmp_path: Path) -> None:
    images = np.arange(3 * 2 * 2).reshape(3, 2, 2)
    source = write_idx(tmp_path / "images.idx", images)
    labels = write_idx(tmp_path / "labels.idx", np.array([7, 1, 7]))

    table = load(Data(str(source), labels=str(labels)))

    assert [field.name for field in table.fields] == ["pixel_0", "pixel_1", "pixel_2", "pixel_3"]
    np.testing.assert_array_equal(table.rows, images.reshape(3, 4))
    assert (table.truth.tolist(), table.target, table.task) == ([7, 1, 7], "label", "binary")


def test_a_folder_of_idx_files_pairs_images_with_labels(tmp_path: Path) -> None:
    for name, offset in (("train", 0), ("t10k", 4)):
        images = compressed(write_idx(tmp_path / f"{name}-images-idx3-ubyte", np.full((2, 1, 1), offset)), ".gz")
        assert images.name.endswith(".gz")
        write_idx(tmp_path / f"{name}-labels-idx1-ubyte", np.array([offset, offset + 1]))

    table = load(Data(str(tmp_path)))

    assert table.rows.tolist() == [[4], [4], [0], [0]]
    assert table.truth.tolist() == [4, 5, 0, 1]


@pytest.mark.parametrize(
    ("images", "labels", "problem"),
    [
        ((3, 2, 2), 2, "has labels of shape [2], but"),
        (None, 3, "is not IDX: it begins with b'nope'"),
    ],
)
def test_idx_files_that_do_not_fit_are_refused(
    tmp_path: Path, images: tuple[int, ...] | None, labels: int, problem: str
) -> None:
    source = tmp_path / "images.idx"
    if images:
        write_idx(source, np.zeros(images))
    else:
        source.write_bytes(b"nope")
    beside = write_idx(tmp_path / "labels.idx", np.zeros(labels))

    with pytest.raises(InvalidJob) as caught:
        load(Data(str(source), labels=str(beside)))

    assert problem in caught.value.message


def test_an_idx_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    source = write_idx(tmp_path / "images.idx", np.zeros((4, 3, 3)))
    source.write_bytes(source.read_bytes()[:-1])
    labels = write_idx(tmp_path / "labels.idx", np.array([0, 1, 0, 1]))

    with pytest.raises(InvalidJob, match="ends before the last value that its header promises"):
        load(Data(str(source), labels=str(labels)))


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"x": np.zeros((2, 2))}, "has no array 'y': it has x. Name them by data.rows and data.truth"),
        ({"x": np.zeros((2, 2)), "y": np.zeros(3)}, "must be of shape [2], one for each row of 'x', but is of shape"),
        ({"x": np.zeros((2, 2)), "y": np.array([{}, {}], object)}, "objects, which nothing unpickles"),
        ({"x": np.asfortranarray(np.zeros((2, 2))), "y": np.zeros(2)}, "one after another (Fortran order)"),
    ],
)
def test_npz_archives_that_do_not_fit_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray], problem: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]

    with pytest.raises(InvalidJob) as caught:
        load(Data(str(tmp_path / "a.npz")))

    assert problem in caught.value.message
