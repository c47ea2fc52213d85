"""What is kept of the data beside a version: sketches, background rows, and examples that the version answers."""

import uuid
from io import BytesIO
from typing import Any

import numpy as np
import orjson
import pandas as pd

from modelet.store import open_store
from modelet.train.baseline import background, example_rows, examples, sketch
from modelet.train.table import Field, Table
from tests.entrances import post
from tests.published import publish_model, serve
from tests.train.gate.published import by_column, softmax


def numbers(rows: int = 1000) -> Table:
    values = np.stack([np.arange(rows), np.full(rows, 3), np.arange(rows) % 4], axis=1).astype(np.float32)
    values[:100, 1] = np.nan
    fields = (Field("rising"), Field("still"), Field("quarter", "category"))
    return Table("made", fields, values, np.arange(rows, dtype=np.float64) * 2, "regression")


def words() -> Table:
    rows = pd.DataFrame(
        {
            "colour": pd.Series(["red", "", "blue", "red"], dtype=object),
            "size": np.array([1, np.nan, 3, 4], np.float32),
            "review": pd.Series(["good", "very bad", "", "日本"], dtype=object),
        }
    )
    fields = (Field("colour", "category", False), Field("size"), Field("review", "text", False))
    return Table("made", fields, rows, np.array(["a", "b", "a", "a"]), "binary")


def fields_of(table: Table) -> dict[str, dict[str, Any]]:
    held = orjson.loads(orjson.dumps(sketch(table)))
    return {field["name"]: field for field in held["fields"]}


def test_numbers_are_told_by_quantiles_and_a_histogram_of_even_counts() -> None:
    rising = fields_of(numbers())["rising"]

    assert (rising["kind"], rising["count"], rising["missing"]) == ("number", 1000, 0)
    assert (rising["mean"], rising["quantiles"]["0"], rising["quantiles"]["1"]) == (499.5, 0.0, 999.0)
    assert rising["quantiles"]["0.5"] == 499.5
    assert rising["histogram"]["counts"] == [100] * 10
    assert len(rising["histogram"]["edges"]) == 11


def test_a_number_that_is_always_the_same_or_missing_is_told_too() -> None:
    fields = fields_of(numbers())

    assert (fields["still"]["missing"], fields["still"]["deviation"]) == (100, 0.0)
    assert fields["still"]["histogram"] == {"edges": [3.0, 3.0], "counts": [900]}
    missing = Table("made", (Field("a"),), np.full((5, 1), np.nan, np.float32), np.arange(5.0), "regression")
    assert fields_of(missing)["a"] == {"name": "a", "kind": "number", "numeric": True, "count": 5, "missing": 5}


def test_categories_are_told_by_their_frequent_values() -> None:
    colour, quarter = fields_of(words())["colour"], fields_of(numbers())["quarter"]

    assert (colour["count"], colour["missing"], colour["distinct"], colour["other"]) == (4, 1, 2, 0)
    assert colour["top"] == [{"value": "red", "count": 2}, {"value": "blue", "count": 1}]
    assert quarter["top"][0] == {"value": 0.0, "count": 250}


def test_rare_values_are_only_counted_and_long_ones_cut() -> None:
    values = pd.Series([f"{place:03}" + "x" * 500 for place in range(80)], dtype=object)
    table = Table(
        "made", (Field("id", "category", False),), pd.DataFrame({"id": values}), np.arange(80.0), "regression"
    )

    told = fields_of(table)["id"]

    assert (len(told["top"]), told["other"], len(told["top"][0]["value"])) == (50, 30, 200)


def test_texts_are_told_by_their_lengths_and_not_by_what_they_say() -> None:
    review = fields_of(words())["review"]

    assert (review["count"], review["missing"]) == (4, 1)
    assert review["characters"]["quantiles"]["1"] == 8.0
    assert "good" not in orjson.dumps(review).decode()


def test_the_target_has_a_sketch_too() -> None:
    assert sketch(words())["target"]["top"] == [{"value": "a", "count": 3}, {"value": "b", "count": 1}]
    assert sketch(numbers())["target"]["quantiles"]["1"] == 1998.0


def test_the_background_is_a_few_rows_with_what_they_led_to() -> None:
    table = numbers()

    with np.load(BytesIO(background(table, 7)), allow_pickle=False) as held:
        rows, truth, columns = held["rows"], held["truth"], held["columns"].tolist()

    assert (rows.shape, rows.dtype, columns) == ((200, 3), np.float32, ["rising", "still", "quarter"])
    assert (truth == rows[:, 0] * 2).all()
    assert background(table, 7) == background(table, 7) != background(table, 8)


def test_the_background_of_texts_is_not_pickled() -> None:
    with np.load(BytesIO(background(words(), 0)), allow_pickle=False) as held:
        assert held["columns"].tolist() == ["colour", "size", "review"]
        assert held["column_2"].tolist() == ["good", "very bad", "", "日本"]
        assert held["column_1"].dtype == np.float32


def test_examples_are_rows_without_a_missing_value() -> None:
    assert np.isfinite(example_rows(numbers()).rows).all()
    assert len(example_rows(numbers())) == 8
    assert example_rows(words()).rows["colour"].tolist()[0] == "red"


def test_a_version_answers_its_examples() -> None:
    store = open_store(f"memory://{uuid.uuid4().hex}")
    manifests = {
        "numbers": publish_model(store, "numbers", softmax(np.eye(3))),
        "columns": publish_model(store, "columns", by_column()),
    }
    matrix, frame = example_rows(numbers()), example_rows(words())
    inputs = {
        "numbers": {"x": matrix.rows},
        "columns": {
            "size": frame.rows["size"].to_numpy()[:, None],
            "colour": frame.rows["colour"].to_numpy(dtype=object)[:, None],
        },
    }

    for name, manifest in manifests.items():
        held = orjson.loads(examples(manifest.signature, inputs[name]))
        shapes = [request["inputs"][0]["shape"][0] for request in held["examples"]]

        assert shapes == [1, len(inputs[name][manifest.signature.inputs[0].name])]
        for request in held["examples"]:
            assert post(serve(store), f"/v2/models/{name}/infer", request).status == 200


def test_a_missing_number_is_a_zero_in_an_example() -> None:
    signature = publish_model(open_store(f"memory://{uuid.uuid4().hex}"), "m", softmax(np.eye(3))).signature

    held = orjson.loads(examples(signature, {"x": np.full((1, 3), np.nan, np.float32)}))

    assert [request["inputs"][0]["data"] for request in held["examples"]] == [[0.0, 0.0, 0.0]]
