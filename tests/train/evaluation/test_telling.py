"""What else is told of a candidate: what it leans on, where it is most wrong, how it learnt, and all of it as JSON."""

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from modelet.train.answers import Answers
from modelet.train.evaluation import LearningCurve, evaluate, explained, learning_curve
from modelet.train.evaluation.errors import worst
from modelet.train.table import Field, Table
from tests.train.evaluation.made import noisy, sure, table

Array = np.ndarray[Any, Any]


def leaning(held: Table) -> Answers:
    """Answers that look at the first field alone."""
    first = held.rows[:, 0] if held.is_matrix else held.rows["f0"].to_numpy()
    return Answers(np.asarray(first, np.float64))


def test_the_field_that_a_model_looks_at_is_the_important_one() -> None:
    held = table(np.arange(300, dtype=np.float64), width=3)
    told: list[float] = []

    evaluation = explained(evaluate(held, leaning(held)), leaning, 1, told.append)

    assert [each.field for each in evaluation.importance] == ["f0", "f1", "f2"]
    assert evaluation.importance[0].cost == pytest.approx(300**2 / 6, rel=0.2)
    assert [each.cost for each in evaluation.importance[1:]] == [0.0, 0.0]
    assert told == pytest.approx([1 / 3, 2 / 3, 1])
    assert evaluation.importance == explained(evaluate(held, leaning(held)), leaning, 1).importance


def test_fields_of_a_frame_are_shuffled_by_name_and_the_rows_stay_as_they_were() -> None:
    truth = np.arange(100, dtype=np.float64)
    frame = pd.DataFrame({"f0": truth.astype(np.float32), "colour": pd.Series(["red", "blue"] * 50, dtype=object)})
    held = Table("made", (Field("f0"), Field("colour", "category", False)), frame, truth, "regression")

    evaluation = explained(evaluate(held, leaning(held)), leaning)

    assert evaluation.importance[0].field == "f0"
    assert evaluation.importance[0].cost > 500 > evaluation.importance[1].cost == 0.0
    assert frame["f0"].tolist() == truth.tolist()


def test_a_candidate_is_asked_no_more_rows_than_there_is_time_for() -> None:
    held = table(np.arange(5000, dtype=np.float64), width=100)
    asked = []

    def ask(rows: Table) -> Answers:
        asked.append(len(rows))
        return leaning(rows)

    explained(evaluate(held, leaning(held)), ask)

    assert sum(asked) <= 110_000


def test_a_single_field_has_no_importance() -> None:
    held = table(np.arange(9, dtype=np.float64), width=1)

    assert explained(evaluate(held, leaning(held)), leaning).importance == ()


def test_importance_of_classes_is_what_shuffling_costs_in_log_loss() -> None:
    classes = np.array([0, 1])

    def ask(rows: Table) -> Answers:
        return sure((rows.rows[:, 1] > 0).astype(int), classes, 0.9)

    truth = np.arange(400) % 2
    held = table(truth)
    held.rows[:, 1] = truth

    evaluation = explained(evaluate(held, ask(held), classes), ask)

    found = {each.field: each.cost for each in evaluation.importance}
    assert found["f0"] == 0.0
    assert found["f1"] == pytest.approx((np.log(0.9) - np.log(0.1)) / 2, abs=0.15)


def test_the_worst_answers_are_those_that_gave_the_truth_the_least() -> None:
    truth = np.array(["a", "b", "b", "a"])
    shares = np.array([[0.9, 0.1], [0.7, 0.3], [0.95, 0.05], [0.4, 0.6]])
    answers = Answers(np.array(["a", "a", "a", "b"]), shares)

    found = worst(evaluate(table(truth), answers, np.array(["a", "b"])))

    assert [(each.row, each.truth, each.predicted) for each in found] == [(2, "b", "a"), (1, "b", "a"), (3, "a", "b")]
    assert [each.figure for each in found] == pytest.approx([0.05, 0.3, 0.4])


def test_the_worst_numbers_are_those_that_are_furthest_away() -> None:
    truth = np.array([1.0, 5.0, 9.0])

    found = worst(evaluate(table(truth), Answers(np.array([2.0, 5.0, 4.0]))), 2)

    assert [(each.row, each.figure) for each in found] == [(2, 5.0), (0, 1.0)]


class Fitted:
    """What an estimator looks like that kept these attributes."""

    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)


@pytest.mark.parametrize(
    ("held", "curve"),
    [
        ({"loss_curve_": [3, 2]}, LearningCurve("Loss", (3.0, 2.0))),
        ({"loss_curve_": [3], "validation_loss_curve_": [4]}, LearningCurve("Loss", (3.0,), (4.0,))),
        ({"train_score_": np.array([1, 2]), "validation_score_": []}, LearningCurve("Score", (1.0, 2.0))),
        (
            {"evals_result_": {"training": {"l2": [2, 1]}, "valid_0": {"l2": [3, 2]}}},
            LearningCurve("l2", (2.0, 1.0), (3.0, 2.0)),
        ),
        ({"evals_result_": {}}, None),
        ({}, None),
    ],
)
def test_a_learning_curve_is_found_where_an_estimator_kept_one(
    held: dict[str, Any], curve: LearningCurve | None
) -> None:
    assert learning_curve(Fitted(**held)) == curve
    assert learning_curve(Fitted(_final_estimator=Fitted(**held))) == curve


def test_all_figures_are_json() -> None:
    held, answers, labels = noisy(120, 3)

    full = orjson.loads(orjson.dumps(evaluate(held, answers, labels).full))

    assert full["classes"] == ["c0", "c1", "c2"]
    assert np.sum(full["confusion"]) == 120
    assert sum(each["rows"] for each in full["calibration"]) == 120
    assert full["by_class"][0].keys() == {"label", "support", "precision", "recall", "f1", "intervals"}
    assert full["confused"][0]["rows"] >= full["confused"][-1]["rows"] > 0
    assert full["metrics"].keys() - {"held_out_rows"} == full["intervals"].keys()


def test_hundreds_of_classes_are_told_by_what_is_confused_most() -> None:
    truth = np.arange(600) % 300
    answers = replace(sure(truth, np.arange(300)), predicted=np.where(truth == 7, 8, truth))

    full = evaluate(table(truth), answers, np.arange(300)).full

    assert "confusion" not in full
    assert full["confused"] == [{"truth": 7, "predicted": 8, "rows": 2}]
