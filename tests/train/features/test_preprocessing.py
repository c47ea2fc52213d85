"""What is done to rows before the estimator sees them."""

from typing import Any

import numpy as np
import pytest

from modelet.errors import InvalidJob
from modelet.train.estimators import Boosting, Forest, LightGbm, Linear, Logistic, Mlp, XgBoost
from modelet.train.export import Export
from modelet.train.features import Features, doubled, learnt_target, preprocessing
from modelet.train.table import Table
from tests.train.handmade import fitted, job_for, made, numbers_of


def prepared(features: Features, table: Table, estimator: Any = None) -> Any:
    rows = table.rows
    for _, step in preprocessing(features, table, estimator or Boosting()):
        rows = step.fit_transform(rows, table.truth)
    return rows


def names(features: Features, table: Table, estimator: Any) -> list[str]:
    return [name for name, _ in preprocessing(features, table, estimator)]


def test_numbers_are_scaled_for_those_estimators_that_want_it() -> None:
    table = made("binary")

    for estimator in (Logistic(), Linear(), Mlp()):
        assert names(Features(), table, estimator) == ["scaling"]
    for tree in (Boosting(), LightGbm(), XgBoost(), Forest()):
        assert names(Features(), table, tree) == []
        assert names(Features("minmax"), table, tree) == ["scaling"]
    assert names(Features("none"), table, Logistic()) == []


def test_missing_numbers_are_filled_only_where_there_are_some_and_the_estimator_takes_none() -> None:
    whole, holed = made("binary"), made("binary", "missing")

    assert names(Features(), holed, Logistic()) == ["missing", "scaling"]
    assert names(Features(), whole, Logistic()) == ["scaling"]
    assert names(Features(), holed, Boosting()) == []
    assert names(Features(missing="keep"), holed, Logistic()) == ["scaling"]
    assert names(Features(missing="zero"), whole, Boosting()) == ["missing"]


@pytest.mark.parametrize(("missing", "filled"), [("median", 3.0), ("mean", 4.0), ("most_frequent", 2.0), ("zero", 0.0)])
def test_a_missing_number_becomes_what_the_job_says(missing: Any, filled: float) -> None:
    table = numbers_of([[2], [2], [3], [3.5], [9.5], [np.nan]], np.arange(6) % 2, "binary")

    assert prepared(Features("none", missing), table)[-1, 0] == filled


def test_a_column_without_any_number_stays_in_its_place() -> None:
    table = numbers_of([[np.nan, 1], [np.nan, 2]], [0, 1], "binary")

    assert prepared(Features("none", "median"), table).tolist() == [[0, 1], [0, 2]]


def test_every_frequent_value_of_a_category_has_a_column_and_the_rare_ones_share_one() -> None:
    table = made("binary", "frame")

    assert prepared(Features(), table).shape == (300, 4 + 5)
    assert prepared(Features(max_categories=3), table).shape == (300, 4 + 3)
    assert prepared(Features(), table).dtype == np.float32
    assert prepared(Features(), made("binary", "numeric category")).shape == (300, 4 + 6)  # one of which is missing


def test_in_double_precision_no_step_falls_back_to_single() -> None:
    for form in ("missing", "numeric category", "frame"):
        table = made("regression", form)
        pipeline = fitted(job_for(Linear(), export=Export(precision="double")), table)

        assert pipeline.steps[0][0] == "precision"
        assert pipeline[:-1].transform(table.rows).dtype == np.float64
    assert doubled(made("binary", "frame").rows).dtypes.astype(str).tolist() == ["float64"] * 4 + ["object"]


def test_a_logarithm_is_refused_of_classes_and_of_numbers_below_zero() -> None:
    log = Features(target="log")

    np.testing.assert_allclose(learnt_target(log, np.array([0.0, np.e - 1])), [0, 1])
    with pytest.raises(InvalidJob, match="the target is a class"):
        learnt_target(log, np.array([0, 1]))
    with pytest.raises(InvalidJob, match=r"cannot be taken of the target -0\.5"):
        learnt_target(log, np.array([1.0, -0.5]))


def test_numbers_that_an_estimator_cannot_take_are_told_as_a_mistake_in_the_job() -> None:
    with pytest.raises(
        InvalidJob, match="Estimator 'logistic' cannot be fitted with these options: Input X contains NaN"
    ):
        fitted(job_for(Logistic(), features=Features(missing="keep")), made("binary", "missing"))
