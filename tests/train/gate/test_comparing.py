"""A candidate beside the version that is live: both have answered the same rows."""

from typing import Any

import numpy as np
import pytest

from modelet.train.answers import Answers
from modelet.train.evaluation import evaluate
from modelet.train.gate import Gate, NoWorse, Rival, decide
from modelet.train.gate.comparing import Comparison, compared
from tests.train.evaluation.made import sure, table

CLASSES = np.array([0, 1])
TRUTH = np.arange(400) % 2


def comparison(candidate: Answers, live: Answers, **rule: Any) -> Comparison:
    return compared(evaluate(table(TRUTH), candidate, CLASSES), Rival(3, live, CLASSES), NoWorse(**rule))


def test_the_same_answers_are_no_worse_by_either_proof() -> None:
    answers = sure(TRUTH, CLASSES, wrong=40)

    for proof in ("worse", "no_worse"):
        same = comparison(answers, answers, proof=proof)

        assert (same.passed, same.gain, same.between, same.chance_of_worse) == (True, 0.0, (0.0, 0.0), 0.0)


def test_rounding_makes_no_model_worse() -> None:
    live = sure(TRUTH, CLASSES, 0.8)
    assert live.probabilities is not None
    shares = np.where(live.probabilities > 0.5, 0.8 - 1e-7, 0.2 + 1e-7)

    for proof in ("worse", "no_worse"):
        found = comparison(Answers(live.predicted, shares), live, proof=proof)

        assert (found.passed, found.chance_of_worse, str(found.gain)) == (True, 0.0, "0.0")


def test_what_is_clearly_worse_is_refused_with_its_figures() -> None:
    candidate, live = sure(TRUTH, CLASSES, wrong=80), sure(TRUTH, CLASSES, wrong=20)

    found = comparison(candidate, live, metric="accuracy")

    assert (found.metric, found.candidate, found.live, found.gain) == ("accuracy", 0.8, 0.95, -0.15)
    assert -0.2 < found.between.low < -0.15 < found.between.high < -0.1
    assert (found.passed, found.chance_of_worse) == (False, 1.0)
    assert found.sentence().startswith(
        "accuracy is 0.8, and 0.95 for version 3, which is live: with the confidence of "
    )


def test_less_is_better_for_losses() -> None:
    better, worse = sure(TRUTH, CLASSES, 0.9), sure(TRUTH, CLASSES, 0.6)

    for metric in ("log_loss", "brier", "calibration_error"):
        assert comparison(better, worse, metric=metric).gain > 0
        assert not comparison(worse, better, metric=metric).passed


def test_chance_does_not_refuse_a_candidate_but_neither_does_it_prove_one() -> None:
    first = sure(TRUTH, CLASSES, wrong=40)
    swapped = Answers(
        first.predicted[::-1] ^ 1, (first.probabilities[::-1, ::-1] if first.probabilities is not None else None)
    )

    assert comparison(first, swapped, metric="accuracy").passed
    assert not comparison(first, swapped, metric="accuracy", proof="no_worse").passed
    assert comparison(first, swapped, metric="accuracy", proof="no_worse", margin=0.06).passed


def test_a_margin_forgives_so_much() -> None:
    candidate, live = sure(TRUTH, CLASSES, wrong=44), sure(TRUTH, CLASSES, wrong=20)

    assert not comparison(candidate, live, metric="accuracy").passed
    assert comparison(candidate, live, metric="accuracy", margin=0.06).passed


def test_the_test_is_paired() -> None:
    # Four rows of 400 tell them apart: far less than the answers vary, and never in favour of the candidate.
    live = sure(TRUTH, CLASSES, wrong=100)
    candidate = sure(TRUTH, CLASSES, wrong=104)

    found = comparison(candidate, live, metric="accuracy")

    assert evaluate(table(TRUTH), live, CLASSES).intervals["accuracy"].low < 0.72
    assert (found.passed, found.gain) == (False, -0.01)


def test_a_comparison_comes_to_the_same_result_again() -> None:
    candidate, live = sure(TRUTH, CLASSES, wrong=30), sure(TRUTH[::-1], CLASSES, 0.7, wrong=20)

    assert comparison(candidate, live) == comparison(candidate, live)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "macro_f1", "weighted_precision"])
def test_metrics_that_are_no_mean_over_rows_are_compared_too(metric: str) -> None:
    candidate, live = sure(TRUTH, CLASSES, wrong=150), sure(TRUTH, CLASSES, wrong=20)

    assert not comparison(candidate, live, metric=metric).passed
    assert comparison(live, candidate, metric=metric).passed


def test_numbers_are_compared_by_their_root_mean_squared_error() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=200)
    near, far = (Answers(truth + scale * random.normal(size=200)) for scale in (0.1, 0.3))

    worse = decide(Gate(), evaluate(table(truth), far), Rival(1, near))
    better = decide(Gate(), evaluate(table(truth), near), Rival(1, far))

    assert worse.comparison is not None
    assert (worse.passed, worse.comparison.metric, better.passed) == (False, "rmse", True)


@pytest.mark.parametrize("metric", ["log_loss", "brier", "average_precision", "calibration_error", "macro_f1"])
@pytest.mark.parametrize("order", [["b", "a"], ["c", "b", "a"]])
def test_the_same_answers_with_classes_in_another_order_or_one_more_are_no_worse(metric: Any, order: list[str]) -> None:
    truth = np.array(["a", "b", "b"] * 50)
    own = sure(truth, np.array(["a", "b"]), wrong=20)
    assert own.probabilities is not None
    shares = np.zeros((len(truth), len(order)))
    shares[:, [order.index("a"), order.index("b")]] = own.probabilities
    live = Rival(2, Answers(own.predicted, shares), np.array(order))

    found = compared(evaluate(table(truth), own, np.array(["a", "b"])), live, NoWorse(metric))

    assert found.candidate == found.live
    assert found.between == (0.0, 0.0)
