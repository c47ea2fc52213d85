"""The metrics of a classification are what their definitions say, and what scikit-learn computes."""

import numpy as np
import pytest
from sklearn import metrics

from modelet.train.answers import Answers
from modelet.train.evaluation import evaluate, measure
from tests.train.evaluation.made import noisy, sure, table


def test_metrics_are_what_their_definitions_say() -> None:
    truth = np.array(["a", "a", "a", "b"])
    probabilities = np.array([[0.8, 0.2], [0.8, 0.2], [0.4, 0.6], [0.2, 0.8]], np.float32)
    answers = Answers(np.array(["a", "a", "b", "b"]), probabilities)

    found = measure(table(truth), answers, np.array(["a", "b"]))

    assert found["accuracy"] == found["weighted_recall"] == 0.75
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-6)
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-6)
    assert found["log_loss"] == pytest.approx(-(3 * np.log(0.8) + np.log(0.4)) / 4, abs=1e-6)
    assert found["brier"] == pytest.approx((3 * 0.2**2 + 0.6**2) / 4, abs=1e-6)
    assert found["calibration_error"] == pytest.approx((0.2 * 2 + 0.6 + 0.2) / 4, abs=1e-6)
    assert found["roc_auc"] == found["average_precision"] == 1.0
    assert found["held_out_rows"] == 4


@pytest.mark.parametrize("classes", [2, 5])
def test_metrics_are_those_of_scikit_learn(classes: int) -> None:
    held, answers, labels = noisy(300, classes)
    truth, predicted, shares = held.truth, answers.predicted, answers.probabilities
    assert shares is not None
    binarised = [(truth == label, shares[:, place]) for place, label in enumerate(labels)][1 if classes == 2 else 0 :]

    found = measure(held, answers, labels)

    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "log_loss": metrics.log_loss(truth, shares, labels=labels),
        "brier": metrics.brier_score_loss(truth, shares[:, 1], pos_label="c1")
        if classes == 2
        else metrics.brier_score_loss(truth, shares, labels=labels),
        "roc_auc": np.mean([metrics.roc_auc_score(*pair) for pair in binarised]),
        "average_precision": np.mean([metrics.average_precision_score(*pair) for pair in binarised]),
    }
    for name, score in (
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
        ("f1", metrics.f1_score),
    ):
        for average in ("macro", "weighted"):
            expected[f"{average}_{name}"] = score(truth, predicted, average=average)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6)


def test_every_class_has_figures_of_its_own() -> None:
    held, answers, labels = noisy(300, 4)

    by_class = evaluate(held, answers, labels).by_class

    expected = metrics.precision_recall_fscore_support(held.truth, answers.predicted)
    for place, each in enumerate(by_class):
        assert (each.label, each.support) == (labels[place], expected[3][place])
        assert each.scores == pytest.approx([expected[which][place] for which in range(3)], abs=1e-6)
        assert all(
            near and near.low <= score <= near.high for near, score in zip(each.intervals, each.scores, strict=True)
        )


def test_metrics_stand_where_a_class_is_not_held_out() -> None:
    answers = Answers(np.array(["a", "b"]), np.array([[0.9, 0.1], [0.1, 0.9]], np.float32))

    found = measure(table(np.array(["a", "a"])), answers, np.array(["a", "b"]))

    assert (found["accuracy"], found["balanced_accuracy"]) == (0.5, 0.5)
    assert {"roc_auc", "average_precision"}.isdisjoint(found)


def test_without_probabilities_there_are_the_metrics_of_labels() -> None:
    truth = np.array([0, 1, 1, 0])

    found = measure(table(truth), Answers(np.array([0, 1, 0, 0])), np.array([0, 1]))

    assert found["accuracy"] == 0.75
    assert {"log_loss", "brier", "roc_auc"}.isdisjoint(found)


def test_a_class_that_nobody_learnt_counts_as_one_that_was_given_no_share() -> None:
    truth = np.array(["a", "b", "new"])
    answers = sure(np.array(["a", "b", "b"]), np.array(["a", "b"]), 1.0)

    found = measure(table(truth), answers, np.array(["a", "b"]))

    assert found["accuracy"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["log_loss"] == pytest.approx(-np.log(np.finfo(float).eps) / 3, abs=1e-6)


def test_the_type_of_labels_does_not_matter() -> None:
    truth = np.array(["a", "b", "b", "a"])
    answers = sure(truth, np.array(["a", "b"]))

    as_exported = Answers(answers.predicted.astype(object), answers.probabilities)

    assert measure(table(truth), as_exported, np.array(["a", "b"])) == measure(table(truth), answers)


def test_answers_that_are_no_numbers_are_counted_and_have_no_metrics() -> None:
    truth = np.array([0, 1, 1])
    answers = Answers(truth, np.array([[1, 0], [np.nan, 1], [0, np.inf]]))

    evaluation = evaluate(table(truth), answers)

    assert (evaluation.unanswered, evaluation.metrics) == (2, {"held_out_rows": 3.0})
    assert evaluation.full["unanswered"] == 2
    assert measure(table(truth), answers) == {"held_out_rows": 3.0}
