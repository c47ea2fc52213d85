"""The version that is live, asked the same held-out rows by the names of its columns; what does not fit is said."""

import numpy as np
import pandas as pd
import pytest
from onnx import ModelProto, TensorProto

from modelet.errors import StoreUnavailable
from modelet.registry.changing import promote
from modelet.store.base import Store
from modelet.train.gate import Rival, find_rival
from modelet.train.table import Field, Table
from tests.onnx_models import counting, scale
from tests.published import echo
from tests.train.gate.published import by_column, linear, publish_version, softmax
from tests.watched_store import WatchedStore

ROWS = np.array([[0, 0], [0, 3], [3, 0]], np.float32)
FIRST_OR_SECOND = [[1, 0], [0, 1]]


def held(*names: str) -> Table:
    """Three rows, whose class is 1 where the second field is the larger one."""
    return Table("made", tuple(map(Field, names)), ROWS, np.array([0, 1, 0]), "binary")


def found(store: Store, table: Table) -> Rival:
    rival = find_rival(store, "m", table)
    assert rival is not None
    return rival


def test_a_model_without_a_version_has_no_rival(memory: Store) -> None:
    assert find_rival(memory, "m", held("a", "b")) is None


def test_the_live_version_answers_with_labels_and_probabilities(memory: Store) -> None:
    publish_version(memory, softmax(FIRST_OR_SECOND), ["a", "b"], ["low", "high"])

    rival = found(memory, held("a", "b"))

    assert (rival.version, rival.incomparable) == (1, None)
    assert rival.answers is not None
    assert rival.answers.predicted.tolist() == ["low", "high", "low"]
    assert rival.answers.probabilities is not None
    assert rival.answers.probabilities[:, 1] == pytest.approx([0.5, 0.9526, 0.0474], abs=1e-4)
    assert rival.classes is not None
    assert rival.classes.tolist() == ["low", "high"]


def test_it_is_the_live_version_and_not_the_newest(memory: Store) -> None:
    for sign in (1, -1, 1):
        publish_version(memory, softmax(np.multiply(sign, FIRST_OR_SECOND)), ["a", "b"], [0, 1])
    promote(memory, "m", 2, "live")

    rival = found(memory, held("a", "b"))

    assert rival.version == 2
    assert rival.answers is not None
    assert rival.answers.predicted.tolist() == [0, 0, 1]


def test_columns_are_found_by_name_in_whatever_order(memory: Store) -> None:
    publish_version(memory, softmax(FIRST_OR_SECOND), ["b", "a"], [0, 1])

    answers = found(memory, held("a", "b")).answers

    assert answers is not None
    assert answers.predicted.tolist() == [0, 0, 1]


def test_a_version_without_names_takes_as_many_columns_in_their_order(memory: Store) -> None:
    publish_version(memory, softmax(FIRST_OR_SECOND, TensorProto.DOUBLE), labels=[0, 1])

    answers = found(memory, held("a", "b")).answers

    assert answers is not None
    assert answers.predicted.tolist() == [0, 1, 0]


def test_a_number_is_read_from_a_column_too(memory: Store) -> None:
    publish_version(memory, linear([2, 1]), ["a", "b"])
    table = Table("made", (Field("a"), Field("b")), ROWS, np.array([0.0, 3.0, 6.0]), "regression")

    answers = found(memory, table).answers

    assert answers is not None
    assert (answers.predicted.tolist(), answers.probabilities) == ([0, 3, 6], None)


def frame() -> Table:
    rows = pd.DataFrame({"colour": pd.Series(["red", "blue"], dtype=object), "size": np.array([1, 2], np.float32)})
    fields = (Field("colour", "category", False), Field("size"))
    return Table("made", fields, rows, np.array(["red", "green"]), "binary")


def test_columns_of_text_and_numbers_are_inputs_of_their_own(memory: Store) -> None:
    publish_version(memory, by_column())

    answers = found(memory, frame()).answers

    assert answers is not None
    assert (answers.predicted.tolist(), answers.probabilities) == (["red", "blue"], None)


def test_a_single_text_is_asked_whatever_it_is_called(memory: Store) -> None:
    publish_version(memory, echo("BYTES", ("N", 1)))
    rows = pd.DataFrame({"review": pd.Series(["good", "bad"], dtype=object)})
    table = Table("made", (Field("review", "text", False),), rows, np.array(["good", "good"]), "binary")

    answers = found(memory, table).answers

    assert answers is not None
    assert answers.predicted.tolist() == ["good", "bad"]


@pytest.mark.parametrize(
    ("made", "columns", "labels", "reason"),
    [
        (softmax(FIRST_OR_SECOND), ["a", "c"], [0, 1], "it takes the column 'c', which the rows do not have"),
        (softmax(np.eye(3)), [], [0, 1, 2], "it takes 3 columns without names, and the rows have 2"),
        (softmax(FIRST_OR_SECOND, batch=1), [], [0, 1], "it takes no batches of rows"),
        (linear([1, 1]), ["a", "b"], [], "it does not answer with classes"),
        (by_column(), [], [], "it takes the column 'size', which the rows do not have"),
        (echo("INT64", ("N", 2, 2)), [], [], "it does not answer with classes"),
        (counting(), [], [], "it takes no batches of rows"),
    ],
)
def test_why_a_version_cannot_be_asked_is_said(
    memory: Store, made: ModelProto, columns: list[str], labels: list[int], reason: str
) -> None:
    publish_version(memory, made, columns, labels)

    rival = found(memory, held("a", "b"))

    assert (rival.answers, rival.incomparable) == (None, reason)


def test_text_is_not_taken_for_numbers_nor_classes_for_a_number(memory: Store) -> None:
    publish_version(memory, softmax(FIRST_OR_SECOND), ["size", "colour"], [0, 1])
    numbers = Table("made", (Field("size"), Field("colour")), ROWS, np.array([0.0, 1.0, 2.0]), "regression")

    assert found(memory, frame()).incomparable == "it takes the column 'colour' as numbers, and the rows hold the other"
    assert found(memory, numbers).incomparable == "it does not answer with one number"


def test_missing_values_are_no_whole_numbers(memory: Store) -> None:
    publish_version(memory, echo("INT64", ("N", 1)), ["a"])
    rows = np.array([[1], [np.nan]], np.float32)

    rival = found(memory, Table("made", (Field("a"),), rows, np.array([1, 2]), "binary"))

    assert rival.incomparable == "it takes the column 'a' as INT64, and some rows have no value there"


def test_a_damaged_version_is_no_rival_but_a_store_that_is_away_is_told(memory: Store) -> None:
    manifest = publish_version(memory, scale(2), ["a", "b"])
    memory.put(f"models/m/blobs/{manifest.artifact.sha256}", [b"damaged"])

    def refuse(verb: str, key: str) -> None:
        if "/blobs/" in key:
            raise StoreUnavailable("The store is away.")

    assert "sha256" in (found(memory, held("a", "b")).incomparable or "")
    with pytest.raises(StoreUnavailable):
        find_rival(WatchedStore(memory, refuse), "m", held("a", "b"))
