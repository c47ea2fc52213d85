"""Where rows come from: one object, all below a prefix, in a folder or in S3; and stores that fail."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from modelet.errors import InvalidJob, StoreUnavailable
from modelet.store import open_store
from modelet.train.data import Data, load
from modelet.train.data.formats.comma_separated import read_csv
from modelet.train.data.objects import Object
from tests.train.data.written import PEOPLE, write_csv, write_jsonl, write_parquet
from tests.watched_store import WatchedStore


def people(source: str) -> list[float]:
    return list(load(Data(source, target="bought")).rows["age"])


def test_a_path_and_a_url_lead_to_one_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "a b%20#.csv", PEOPLE)
    monkeypatch.chdir(tmp_path)

    assert people(str(path)) == people(path.as_uri()) == people(path.name) == [31, 44, 27, 60]


def test_all_below_a_folder_is_read_in_the_order_of_keys(tmp_path: Path) -> None:
    for at, key in enumerate(("z.csv", "year/b.csv", "year-2025/c.csv", "a.csv")):  # '-' comes before '/'
        (tmp_path / key).parent.mkdir(exist_ok=True)
        write_csv(tmp_path / key, PEOPLE[at : at + 1])
    (tmp_path / "_SUCCESS").touch()

    assert people(str(tmp_path)) == [60, 27, 44, 31]


def test_objects_may_have_their_columns_in_another_order(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", PEOPLE[:2])
    write_csv(tmp_path / "b.csv", [dict(reversed(row.items())) for row in PEOPLE[2:]])

    assert people(str(tmp_path)) == [31, 44, 27, 60]


def test_rows_in_s3_are_read_by_key_and_by_prefix(
    tmp_path: Path, s3_url: str, s3_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_env.items():
        monkeypatch.setenv(name, value)
    store = open_store(s3_url, s3_env)
    for at, name in enumerate(("one.parquet", "two.parquet")):
        store.put(f"people/{name}", [write_parquet(tmp_path / name, PEOPLE[2 * at :][:2]).read_bytes()])

    assert people(f"{s3_url}/people/two.parquet") == [27, 60]
    assert people(f"{s3_url}/people") == people(f"{s3_url}/people/") == [31, 44, 27, 60]
    with pytest.raises(InvalidJob, match=r"there is nothing at 's3://.*/nobody'"):
        load(Data(f"{s3_url}/nobody", target="y"))


@pytest.mark.parametrize("source", ["none.csv", "file:///nowhere/none.csv", "/nowhere/"])
def test_a_source_that_is_not_there_is_named(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InvalidJob) as caught:
        load(Data(source, target="y"))

    assert caught.value.message == f"data.source: there is nothing at {source!r}."


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    (tmp_path / "_SUCCESS").touch()

    with pytest.raises(InvalidJob, match="there is nothing at"):
        load(Data(str(tmp_path), target="y"))


def test_objects_of_several_formats_or_of_none_are_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", PEOPLE)
    write_jsonl(tmp_path / "b.jsonl", PEOPLE)
    with pytest.raises(InvalidJob, match=r"are of several formats \(csv, jsonlines\)"):
        load(Data(str(tmp_path), target="bought"))

    (tmp_path / "b.jsonl").rename(tmp_path / "b.bin")
    with pytest.raises(InvalidJob, match=r"The name of .*/b\.bin does not say what it is: set data\.format"):
        load(Data(str(tmp_path), target="bought"))


def test_an_object_with_other_columns_than_those_before_it_is_named(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", PEOPLE[:2])
    write_csv(tmp_path / "b.csv", [{k: v for k, v in row.items() if k != "city"} for row in PEOPLE[2:]])

    with pytest.raises(InvalidJob, match=r"b\.csv lacks the column 'city', unlike the objects before it"):
        load(Data(str(tmp_path), target="bought"))
    assert len(load(Data(str(tmp_path), target="bought", drop=("city",)))) == 4


def test_a_store_that_disappears_in_the_middle_of_an_object_is_no_mistake_of_the_job(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,y\n" + "1,2\n" * 5_000_000)  # chunks of 8 MB
    calls: list[str] = []

    class Vanishing(WatchedStore):
        def stream(self, key: str) -> Iterator[bytes]:
            for piece in super().stream(key):
                yield piece
                calls.append(key)
                if len(calls) == 2:
                    raise StoreUnavailable("The store is away.")

    store = Vanishing(open_store(tmp_path.as_uri()), lambda *_: None)

    with pytest.raises(StoreUnavailable, match="The store is away"):
        for _ in read_csv(Object(store, "a.csv", "a.csv"), Data("a.csv")):
            pass
    assert calls == ["a.csv", "a.csv"]


def test_a_store_that_cannot_be_reached_is_said(monkeypatch: pytest.MonkeyPatch, s3_env: dict[str, str]) -> None:
    for name, value in {**s3_env, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(StoreUnavailable):
        load(Data("s3://bucket/a.csv", target="y"))


def test_an_object_that_goes_away_after_it_was_found_is_named(tmp_path: Path) -> None:
    store = open_store(tmp_path.as_uri())

    with pytest.raises(InvalidJob, match=r"a\.csv was there when the run began, and is gone"):
        list(read_csv(Object(store, "a.csv", "a.csv"), Data("a.csv")))


def test_a_bundled_set_has_columns_like_any_other() -> None:
    whole = load(Data("sklearn:iris"))
    part = load(Data("sklearn:iris", columns=("petal width (cm)", "sepal length (cm)")))

    np.testing.assert_array_equal(part.rows, whole.rows[:, [3, 0]])
