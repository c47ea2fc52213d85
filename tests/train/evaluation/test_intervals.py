"""How sure a metric is: intervals by bootstrap."""

import time

import numpy as np
import pytest

from modelet.train.answers import Answers
from modelet.train.evaluation import evaluate
from modelet.train.evaluation.bootstrap import FEWEST, RESAMPLES, Draws
from modelet.train.evaluation.classification import class_scorer
from tests.train.evaluation.made import noisy, sure, table


def test_an_interval_is_as_wide_as_theory_says() -> None:
    truth = np.arange(1000) % 2
    answers = sure(truth, np.array([0, 1]), wrong=100)

    low, high = evaluate(table(truth), answers).intervals["accuracy"]

    half = 1.96 * (0.9 * 0.1 / 1000) ** 0.5
    assert (low, high) == pytest.approx((0.9 - half, 0.9 + half), abs=0.003)


def test_a_metric_of_resamples_is_that_of_the_rows_drawn() -> None:
    held, answers, labels = noisy(60, 3)
    weights = next(iter(Draws(60, 7).weights()))[:1]
    at = np.repeat(np.arange(60), weights[0].astype(int))
    assert answers.probabilities is not None

    weighted = class_scorer(held.truth, answers, labels.tolist()).scores(weights)
    drawn = Answers(answers.predicted[at], answers.probabilities[at])
    repeated = class_scorer(held.truth[at], drawn, labels.tolist()).scores(np.ones((1, 60)))

    assert len(weighted) == 13
    assert {name: value[0] for name, value in weighted.items()} == pytest.approx(
        {name: value[0] for name, value in repeated.items()}
    )


def test_every_metric_has_an_interval_around_it_and_again_the_same() -> None:
    held, answers, labels = noisy(200, 3)

    first, again, other = (evaluate(held, answers, labels, seed=seed) for seed in (1, 1, 2))

    assert first.intervals == again.intervals != other.intervals
    assert first.intervals.keys() == first.metrics.keys() - {"held_out_rows"}
    for name, (low, high) in first.intervals.items():
        if name != "calibration_error":  # which is larger on rows that repeat
            assert low <= first.metrics[name] <= high


def test_rows_of_one_group_are_drawn_together() -> None:
    truth = np.arange(1000) % 2
    groups = np.arange(1000) // 50
    answers = sure(truth, np.array([0, 1]), wrong=100)

    (alone_low, alone_high), (low, high) = (
        evaluate(table(truth, groups=given), answers).intervals["accuracy"] for given in (None, groups)
    )

    assert high - low > 3 * (alone_high - alone_low)


def test_many_rows_are_drawn_less_often() -> None:
    assert Draws(1000, 0).resamples == RESAMPLES
    assert Draws(500_000, 0).resamples == 400
    assert Draws(10_000_000, 0).resamples == FEWEST


def test_ten_thousand_rows_of_ten_classes_take_seconds() -> None:
    held, answers, labels = noisy(10_000, 10)

    began = time.process_time()
    evaluate(held, answers, labels)

    assert time.process_time() - began < 20
