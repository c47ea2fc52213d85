"""Every estimator learns, tells how far it is, and is the same whenever it is fitted to the same rows."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from modelet.errors import InvalidJob
from modelet.train.estimators import (
    ESTIMATORS,
    Boosting,
    Estimator,
    Fitting,
    Forest,
    LightGbm,
    Linear,
    Logistic,
    Mlp,
    XgBoost,
)
from modelet.train.estimators.extra import require
from modelet.train.export import export
from modelet.train.fitting import fit, one_thread
from modelet.train.task import EVERY_TASK, Task
from tests.train.handmade import asked, fitted, job_for, made, numbers_of

SMALL: list[Estimator] = [
    Linear(),
    Logistic(),
    Boosting(max_iter=30),
    LightGbm(n_estimators=30),
    XgBoost(n_estimators=30),
    Forest(n_estimators=20),
    Mlp(hidden_layer_sizes=(16,), max_iter=100, learning_rate_init=0.02, batch_size=20, tol=0.02, n_iter_no_change=4),
]
NAMED = pytest.mark.parametrize("estimator", SMALL, ids=lambda small: small.name)


@NAMED
def test_every_estimator_learns_every_task_that_it_names(estimator: Estimator) -> None:
    for task in estimator.tasks:
        table = made(task, "frame")
        own, _, _ = asked(job_for(estimator), table)
        truth = table.truth[np.arange(len(table)) % 3 == 0]

        if task == "regression":
            assert 1 - np.mean((own.predicted - truth) ** 2) / np.var(truth) > 0.6
        else:
            assert np.mean(own.predicted == truth) > 0.75


def test_all_estimators_are_tried_here() -> None:
    assert {small.name for small in SMALL} <= set(ESTIMATORS)
    assert all(ESTIMATORS[small.name] is type(small) for small in SMALL)


@NAMED
def test_an_estimator_is_refused_for_a_task_that_is_not_its_own(estimator: Estimator) -> None:
    for task in EVERY_TASK - estimator.tasks:
        with pytest.raises(InvalidJob, match=f"Estimator '{estimator.name}' cannot be fitted for the task {task}"):
            fitted(job_for(estimator), made(task))


@NAMED
def test_the_same_rows_and_seed_make_the_same_model_whatever_the_number_of_threads(estimator: Estimator) -> None:
    task: Task = "regression" if "regression" in estimator.tasks else "binary"
    job, table, made_of = job_for(estimator, seed=5), made(task, "missing"), []

    for threads in (1, 2):
        with threadpool_limits(threads), one_thread():
            made_of.append(export(job, fit(job, table), table).artifact)

    assert made_of[0] == made_of[1]


@pytest.mark.parametrize("estimator", SMALL[3:], ids=lambda small: small.name)
def test_those_that_grow_step_by_step_tell_how_far_they_are(estimator: Estimator) -> None:
    tasks: tuple[Task, ...] = ("regression", "multiclass")

    for task in tasks:
        told: list[float] = []
        table = made(task)

        with threadpool_limits(1):
            estimator.fit(table.rows, table.truth, Fitting(table.task, 0, told.append))

        assert len(told) >= 5
        assert told == sorted(told)
        assert 0 < told[0] < told[-1] <= 1


def test_a_forest_grown_in_steps_is_the_forest_grown_at_once() -> None:
    from sklearn.ensemble import RandomForestClassifier

    table = made("multiclass")

    stepwise = Forest(n_estimators=17).fit(table.rows, table.truth, Fitting("multiclass", 4))
    at_once = RandomForestClassifier(17, random_state=4).fit(table.rows, table.truth)

    assert (stepwise.predict_proba(table.rows) == at_once.predict_proba(table.rows)).all()


@pytest.mark.parametrize("kind", [Logistic, Linear])
def test_penalties_are_those_of_their_names(kind: Any) -> None:
    table = made("binary" if kind is Logistic else "regression")
    strong: dict[str, float] = {"C": 0.01} if kind is Logistic else {"alpha": 300.0}

    def weights(penalty: str) -> Any:
        found = kind(penalty=penalty, max_iter=5000, **strong).fit(table.rows, table.truth, Fitting(table.task))
        return np.abs(found.coef_.reshape(-1))

    l1, l2, mixed, free = (weights(penalty) for penalty in ("l1", "l2", "elasticnet", "none"))

    assert np.count_nonzero(l1) < np.count_nonzero(l2) == 5
    assert l2.sum() < free.sum()
    assert not np.allclose(mixed, l1)
    assert not np.allclose(mixed, l2)


@pytest.mark.parametrize(
    "estimator",
    [
        LightGbm(n_estimators=300, early_stopping_rounds=3),
        XgBoost(n_estimators=300, early_stopping_rounds=3),
        Boosting(max_iter=300, early_stopping=True, n_iter_no_change=3),
    ],
    ids=lambda small: small.name,
)
def test_early_stopping_stops_early_and_says_so_where_there_are_too_few_rows(estimator: Any) -> None:
    table = made("binary")
    with threadpool_limits(1):
        found = estimator.fit(table.rows, table.truth, Fitting("binary", 1))
    found = getattr(found, "model", found)  # of XGBoost's
    grown = getattr(found, "n_iter_", None) or found.best_iteration + 1

    assert grown < 250
    with pytest.raises(InvalidJob, match="cannot be fitted with these options"):
        fitted(job_for(estimator), numbers_of([[1], [2], [3]], [0, 1, 1], "binary"))


def test_a_network_learns_numbers_of_any_size() -> None:
    table = made("regression")
    large = replace(table, truth=table.truth * 1e6)
    job = job_for(SMALL[-1])

    small_answers, large_answers = (fitted(job, held).predict(table.rows) for held in (table, large))

    np.testing.assert_allclose(large_answers, small_answers * 1e6, rtol=1e-4)


def test_a_library_that_is_not_installed_is_named_with_its_extra() -> None:
    with pytest.raises(InvalidJob) as caught:
        require("no_such_booster", "boosting")

    assert caught.value.message == (
        "Estimator 'no_such_booster' needs no_such_booster, which is not installed: install modelet[boosting]."
    )
