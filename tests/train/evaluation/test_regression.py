"""The metrics of numbers."""

import numpy as np
import pytest
from sklearn import metrics

from modelet.train.answers import Answers
from modelet.train.evaluation import evaluate, measure
from tests.train.evaluation.made import table


def test_metrics_are_what_their_definitions_say() -> None:
    truth, predicted = np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 3.0, 3.0, 4.0])

    found = measure(table(truth), Answers(predicted))

    assert (found["mse"], found["mae"], found["held_out_rows"]) == (1.25, 0.75, 4)
    assert found["rmse"] == pytest.approx(1.25**0.5, abs=1e-6)
    assert found["r2"] == pytest.approx(1 - 5 / 14, abs=1e-6)


def test_metrics_are_those_of_scikit_learn_far_from_zero() -> None:
    random = np.random.default_rng(0)
    truth = 1e6 + random.normal(size=500)
    predicted = truth + random.normal(size=500)

    found = measure(table(truth), Answers(predicted))

    assert found["r2"] == pytest.approx(metrics.r2_score(truth, predicted), abs=1e-6)
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, predicted), abs=1e-6)


def test_what_does_not_vary_has_no_r2() -> None:
    found = measure(table(np.full(5, 3.0)), Answers(np.full(5, 4.0)))

    assert found == {"rmse": 1.0, "mse": 1.0, "mae": 1.0, "held_out_rows": 5.0}


def test_single_precision_in_a_column_is_taken_as_numbers() -> None:
    truth = np.array([1.0, 2.0, 4.0])

    assert measure(table(truth), Answers(truth.astype(np.float32)[:, None]))["rmse"] == 0.0


def test_residuals_are_told_by_mean_and_quantiles() -> None:
    truth = np.arange(101, dtype=np.float64)

    residuals = evaluate(table(truth), Answers(truth + 2)).full["residuals"]

    assert (residuals["mean"], residuals["deviation"], residuals["quantiles"]["0.5"]) == (2.0, 0.0, 2.0)
