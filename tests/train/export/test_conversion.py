"""The exported model itself: its inputs and outputs, its bytes, and what it says of values that are hardly apart."""

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest

from modelet.session import Session
from modelet.train.answers import answers_of
from modelet.train.estimators import Boosting, Forest, LightGbm, Logistic, XgBoost
from modelet.train.export import Export, Exported, compare, export, exported_answers
from modelet.train.export.trees import rounded_down
from modelet.train.features import Features
from modelet.train.table import Field
from tests.train.handmade import asked, fitted, job_for, made, numbers_of


def specs(exported: Exported) -> dict[str, tuple[str, tuple[int, ...] | None]]:
    signature = exported.signature
    return {spec.name: (spec.datatype, spec.shape) for spec in (*signature.inputs, *signature.outputs)}


def test_numbers_come_in_as_one_tensor_and_go_out_as_one() -> None:
    _, _, exported = asked(
        job_for(Boosting(max_iter=3), export=Export(input="X", prediction="y_pred")), made("regression")
    )

    assert specs(exported) == {"X": ("FP32", (-1, 5)), "y_pred": ("FP32", (-1,))}
    assert (exported.label, exported.probabilities) == ("y_pred", None)


def test_columns_come_in_by_name_where_one_holds_text() -> None:
    _, _, exported = asked(job_for(Logistic()), made("binary", "frame"))

    assert specs(exported) == {
        **dict.fromkeys(("size", "weight", "age", "price"), ("FP32", (-1, 1))),
        "colour": ("BYTES", (-1, 1)),
        "label": ("BYTES", (-1,)),
        "probabilities": ("FP32", (-1, 2)),
    }


def test_the_model_is_valid_small_in_opsets_and_always_the_same_bytes() -> None:
    job = job_for(LightGbm(n_estimators=3), description="a description")

    first, second = (asked(job, made("multiclass", "frame"))[2].artifact for _ in range(2))
    model = onnx.load_model_from_string(first)

    assert first == second
    onnx.checker.check_model(model, full_check=True)
    assert {opset.domain: opset.version for opset in model.opset_import} == {"": 21, "ai.onnx.ml": 3}
    assert (model.ir_version, model.graph.name, model.doc_string) == (10, "model", "a description")


def test_a_row_gets_the_same_answer_alone_as_among_others() -> None:
    job, table = job_for(XgBoost(n_estimators=5)), made("multiclass", "frame")
    exported = export(job, fitted(job, table), table)

    together = exported_answers(exported, table.take(np.arange(10)))
    alone = [exported_answers(exported, table.take(np.array([at]))) for at in range(10)]

    assert [answers.predicted[0] for answers in alone] == together.predicted.tolist()


def test_an_unknown_category_is_none_of_those_that_training_saw() -> None:
    table = made("binary", "frame")
    for features in (Features(), Features(max_categories=3)):
        job = job_for(Logistic(), features=features)
        pipeline = fitted(job, table)
        strange = table.take(np.arange(4))
        strange.rows["colour"] = pd.Series(["purple", "grey", "", "red"], dtype=object)

        own = answers_of(pipeline, strange.rows, "binary")
        exported = exported_answers(export(job, pipeline, table), strange)

        assert compare(own, exported)["largest_difference"] < 1e-6


def test_a_numeric_category_may_be_no_whole_number() -> None:
    rows = np.tile(np.array([[0.5], [1.5], [np.nan], [2.25]], np.float32), (30, 1))
    numbers = numbers_of(rows, np.tile(["a", "b", "c", "a"], 30), "multiclass")
    table = replace(numbers, fields=(Field("size", "category"),))

    own, exported, _ = asked(job_for(Logistic()), table)

    assert exported.predicted.tolist() == own.predicted.tolist()
    assert set(own.predicted.tolist()) == {"a", "b", "c"}
    assert compare(own, exported)["largest_difference"] < 1e-6


@pytest.mark.parametrize(
    "estimator",
    [
        Forest(n_estimators=1, bootstrap=False),
        Boosting(max_iter=1, learning_rate=1.0, min_samples_leaf=1),
        LightGbm(n_estimators=1, learning_rate=1.0, min_child_samples=1),
        XgBoost(n_estimators=1, learning_rate=1.0, min_child_weight=0),
    ],
    ids=lambda estimator: estimator.name,
)
def test_a_threshold_between_two_neighbouring_numbers_keeps_them_apart(
    estimator: Forest | Boosting | LightGbm | XgBoost,
) -> None:
    # Rounded to the nearest FP32 number instead, it becomes the upper one of every other pair.
    for lower in np.linspace(1, 2, 8, dtype=np.float32) + np.float32(2**-23) * np.arange(8, dtype=np.float32):
        upper = np.nextafter(lower, np.float32(4))
        table = numbers_of(np.tile([[lower], [upper]], (40, 1)), np.tile([0.0, 1.0], 40), "regression")
        job = job_for(estimator)
        pipeline = fitted(job, table)

        own = answers_of(pipeline, table.rows, "regression")
        exported = exported_answers(export(job, pipeline, table), table)

        np.testing.assert_allclose(exported.predicted, own.predicted, atol=1e-6)


def test_thresholds_are_rounded_down_and_never_up() -> None:
    numbers = np.concatenate([np.random.default_rng(0).normal(size=1000) * 1e3, [0.0, 1e300, -1e300, np.inf, 0.5]])

    rounded = rounded_down(numbers)

    assert (rounded <= numbers).all()
    assert (np.nextafter(rounded[:1000], np.float32(np.inf)) > numbers[:1000]).all()
    assert rounded[[1000, 1003, 1004]].tolist() == [0.0, np.inf, 0.5]


def test_double_precision_tells_apart_what_fp32_cannot() -> None:
    table = numbers_of([[0.0], [1.0]] * 40, [0.0, 1.0] * 40, "regression")  # the threshold is 0.5
    near = {"x": np.array([[0.5], [np.nextafter(0.5, 1)]])}
    answers = {}
    precisions: Any = ("single", "double")

    for precision in precisions:
        job = job_for(Boosting(max_iter=1, min_samples_leaf=1), export=Export(precision=precision))
        exported = export(job, fitted(job, table), table)
        session = Session(exported.manifest("model"), exported.artifact, threads=1)
        datatype = np.float32 if precision == "single" else np.float64
        answers[precision] = session.run({"x": near["x"].astype(datatype)}, ["prediction"])["prediction"]

    assert answers["single"][0] == answers["single"][1]
    assert answers["double"][0] < answers["double"][1]


@pytest.mark.parametrize(
    "estimator",
    [Forest(n_estimators=1, bootstrap=False), XgBoost(n_estimators=1, min_child_weight=0)],
    ids=lambda estimator: estimator.name,
)
def test_libraries_that_round_rows_to_fp32_do_so_in_double_precision_too(estimator: Forest | XgBoost) -> None:
    table = numbers_of([[0.0], [1.0]] * 40, [0.0, 1.0] * 40, "regression")
    job = job_for(estimator, export=Export(precision="double"))
    pipeline = fitted(job, table)
    exported = export(job, pipeline, table)
    near = np.array([[0.5 + 1e-12], [1 - 1e-12], [0.0], [1.0]])  # beside the thresholds of the one and of the other

    answers = Session(exported.manifest("model"), exported.artifact, threads=1).run({"x": near}, ["prediction"])

    np.testing.assert_allclose(answers["prediction"], pipeline.predict(near), atol=1e-6)
