"""The ONNX model answers as the estimator does: every estimator, for every task, from rows of every form."""

from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from modelet.errors import CandidateRefused, InvalidJob
from modelet.train.answers import Answers
from modelet.train.estimators import Boosting, Estimator, Forest, LightGbm, Linear, Logistic, Mlp, XgBoost
from modelet.train.export import Export, check_parity, compare
from modelet.train.export.parity import LISTED
from modelet.train.features import Features
from modelet.train.gate import Tolerance
from modelet.train.task import Task
from tests.train.handmade import Form, asked, job_for, made

SMALL: list[Estimator] = [
    Linear(),
    Logistic(),
    Boosting(max_iter=8),
    LightGbm(n_estimators=8),
    XgBoost(n_estimators=8),
    Forest(n_estimators=5),
    Mlp(hidden_layer_sizes=(8,), max_iter=5),
]
TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")
FITTING = [
    pytest.param(small, task, id=f"{small.name}-{task}") for small in SMALL for task in TASKS if task in small.tasks
]


@pytest.mark.parametrize("form", ["matrix", "missing", "numeric category", "frame"])
@pytest.mark.parametrize(("estimator", "task"), FITTING)
def test_every_estimator_answers_the_same_exported(estimator: Estimator, task: Task, form: Form) -> None:
    own, exported, _ = asked(job_for(estimator), made(task, form))

    parity = compare(own, exported)
    assert (parity["rows"], parity["label_flips"]) == (100, 0)
    assert parity["largest_difference"] < 1e-5
    assert len(set(own.predicted.tolist())) > 1


@pytest.mark.parametrize(("estimator", "task"), FITTING)
def test_every_estimator_answers_the_same_exported_in_double_precision(estimator: Estimator, task: Task) -> None:
    own, exported, made_of = asked(job_for(estimator, export=Export(precision="double")), made(task, "frame"))

    parity = compare(own, exported)
    assert parity["label_flips"] == 0
    assert parity["largest_difference"] < 1e-6
    assert {spec.datatype for spec in made_of.signature.inputs} - {"BYTES"} == {"FP64"}
    assert made_of.signature.outputs[-1].datatype == "FP32"


@pytest.mark.parametrize(
    ("scaling", "missing"), [("standard", "median"), ("minmax", "mean"), ("robust", "most_frequent"), ("none", "zero")]
)
def test_every_scaling_and_imputing_is_part_of_the_graph(scaling: Any, missing: Any) -> None:
    features = Features(scaling=scaling, missing=missing, max_categories=3)
    forms: tuple[Form, ...] = ("missing", "numeric category", "frame")

    for form in forms:
        own, exported, _ = asked(job_for(Logistic(), features=features), made("multiclass", form))

        assert compare(own, exported)["largest_difference"] < 1e-5


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
def test_every_activation_is_part_of_the_graph(activation: Any) -> None:
    network = Mlp(hidden_layer_sizes=(8, 4), max_iter=5, activation=activation)

    for task in TASKS:
        own, exported, _ = asked(job_for(network), made(task))

        assert compare(own, exported)["largest_difference"] < 1e-5


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "poisson", "gamma"])
def test_every_loss_answers_numbers_and_not_their_logarithms(loss: Any) -> None:
    own, exported, _ = asked(job_for(Boosting(max_iter=8, loss=loss)), made("regression"))

    assert compare(own, exported)["largest_difference"] < 1e-5
    assert own.predicted.mean() > 40_000


def test_a_target_learnt_as_logarithm_is_answered_in_its_own_unit() -> None:
    for estimator in SMALL:
        if "regression" in estimator.tasks:
            own, exported, _ = asked(job_for(estimator, features=Features(target="log")), made("regression"))

            assert compare(own, exported)["largest_difference"] < 2e-5
            assert 40_000 < exported.predicted.mean() < 60_000


@pytest.mark.parametrize(
    ("long", "stopping"),
    [
        (LightGbm(n_estimators=100), {"early_stopping_rounds": 2}),
        (XgBoost(n_estimators=100), {"early_stopping_rounds": 2}),
        (Boosting(max_iter=100), {"early_stopping": True, "n_iter_no_change": 2}),
    ],
    ids=["lightgbm", "xgboost", "boosting"],
)
def test_trees_after_the_best_one_are_left_out(long: Estimator, stopping: dict[str, Any]) -> None:
    short = replace(long, **stopping)  # type: ignore[type-var]

    for task in TASKS[::2]:
        own, exported, artifact = asked(job_for(short), made(task))

        assert compare(own, exported)["largest_difference"] < 1e-5
        assert len(artifact.artifact) < 0.9 * len(asked(job_for(long), made(task))[2].artifact)


def test_differences_of_numbers_are_measured_by_their_size_and_spread() -> None:
    own, exported = Answers(np.array([1e6, 0.0, -1e6])), Answers(np.array([1e6 + 1, 1.0, -1e6], np.float32))

    parity = compare(own, exported)

    assert parity["label_flips"] == 0
    assert parity["largest_absolute_difference"] == 1.0
    assert parity["largest_difference"] == pytest.approx(1 / np.std(own.predicted))


def test_numbers_that_are_all_zero_have_no_size() -> None:
    own = Answers(np.zeros(3))

    assert compare(own, own)["largest_difference"] == 0
    assert compare(own, Answers(np.array([0, 0.5, 0])))["largest_difference"] == 0.5


def test_flips_are_listed_with_row_and_both_answers_and_double_precision_is_offered() -> None:
    own = Answers(np.array(["a", "b", "b"]), np.array([[0.9, 0.1], [0.4999999, 0.5000001], [0.2, 0.8]]))
    exported = Answers(
        np.array(["a", "a", "b"], object), np.array([[0.9, 0.1], [0.5000001, 0.4999999], [0.2, 0.8]], np.float32)
    )

    parity = compare(own, exported)
    with pytest.raises(CandidateRefused) as caught:
        check_parity(Tolerance(), parity, "single")
    with pytest.raises(CandidateRefused) as double:
        check_parity(Tolerance(), parity, "double")

    assert [(flip["row"], flip["estimator"], flip["onnx"]) for flip in parity["flipped"]] == [(1, "b", "a")]
    assert orjson.loads(orjson.dumps(parity)) == parity
    assert "gives 1 other labels than the estimator (label_flips may be 0)" in caught.value.message
    assert "row 1: 'b' with probability 0.5000001 became 'a' with 0.5000001" in caught.value.message
    assert caught.value.message.endswith("try export: {precision: double}.")
    assert "precision" not in double.value.message


def test_only_the_first_flips_are_listed() -> None:
    shares = np.full((50, 2), 0.5)

    parity = compare(Answers(np.zeros(50, int), shares), Answers(np.ones(50, int), shares))

    assert (parity["label_flips"], len(parity["flipped"])) == (50, LISTED)


def test_a_column_cannot_have_the_name_of_an_output() -> None:
    job = job_for(Logistic(), export=Export(label="colour"))

    with pytest.raises(InvalidJob, match="Column 'colour' has the name of an output"):
        asked(job, made("binary", "frame"))
