"""INT8 weights: taken where they are much smaller and as good, and otherwise said why not."""

from functools import cache

import numpy as np
import onnx
import pytest

from modelet.errors import CandidateRefused
from modelet.publish.quantising import quantised
from modelet.session import Session
from modelet.train.answers import Answers, answers_of
from modelet.train.estimators import Boosting, Mlp
from modelet.train.export import Drift, Export, Exported, Optimised, export, optimise
from modelet.train.export.optimising import WORTH_BYTES
from modelet.train.table import Table
from modelet.train.task import Task
from tests.train.handmade import fitted, job_for, numbers_of

Learnt = tuple[Exported, Table, Answers]
LOOSE = Drift(label_flips=0.05, largest_difference=0.3)


@cache
def learnt(task: Task = "binary", width: int = 540) -> Learnt:
    random = np.random.default_rng(3)
    rows = random.normal(size=(300, 4))
    truth = rows[:, 0] if task == "regression" else (rows[:, 0] > 0).astype(np.int64)
    table = numbers_of(rows, truth, task)
    job = job_for(Mlp(hidden_layer_sizes=(width, width), max_iter=3))
    learning, held = table.take(np.arange(200)), table.take(np.arange(200, 300))
    pipeline = fitted(job, learning)
    return export(job, pipeline, learning), held, answers_of(pipeline, held.rows, task)


def optimised(options: Export, found: Learnt, reasons: tuple[str, ...] = ()) -> Optimised:
    exported, held, own = found
    return optimise(options, exported, held, own, lambda answers: list(reasons))


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_large_network_is_served_with_a_quarter_of_its_bytes(task: Task) -> None:
    exported, held, _ = learnt(task)

    chosen = optimised(Export(quantise="int8", drift=LOOSE), learnt(task))

    forms = chosen.record["forms"]
    assert (chosen.record["chosen"], chosen.record["why"]) == ("int8", "INT8 passes the gate and is what the job wants")
    assert forms["single"]["bytes"] == len(exported.artifact) > WORTH_BYTES
    assert forms["int8"]["bytes"] == len(chosen.exported.artifact) < len(exported.artifact) / 3
    assert min(forms[form][name] for form in forms for name in ("row_ms", "batch_ms")) > 0
    assert 0 < forms["int8"]["largest_difference"] == chosen.parity["largest_difference"]
    assert chosen.exported.signature == exported.signature
    assert len(chosen.answers.predicted) == len(held)


def test_by_itself_a_job_takes_int8_only_where_answers_hardly_change() -> None:
    strict = optimised(Export(drift=Drift(label_flips=1.0, largest_difference=0.0)), learnt())

    assert strict.exported is learnt()[0]
    assert strict.record["chosen"] == "single"
    assert strict.record["why"].startswith("INT8 was tried, but answers differ by up to ")
    assert strict.parity["largest_difference"] < 1e-5


def test_int8_must_pass_the_same_gate() -> None:
    kept = optimised(Export(drift=LOOSE), learnt(), ("accuracy is 0.5, and must be at least 0.9",))

    assert kept.exported is learnt()[0]
    assert "accuracy is 0.5, and must be at least 0.9" in kept.record["why"]
    with pytest.raises(CandidateRefused, match=r"quantise is int8, but with INT8 weights accuracy is 0\.5"):
        optimised(Export(quantise="int8", drift=LOOSE), learnt(), ("accuracy is 0.5",))


def test_the_gate_is_asked_about_the_answers_of_the_int8_form() -> None:
    exported, held, own = learnt()
    seen: list[Answers] = []

    def passes(answers: Answers) -> list[str]:
        seen.append(answers)
        return []

    chosen = optimise(Export(quantise="int8", drift=LOOSE), exported, held, own, passes)

    (answers,) = seen
    assert answers is chosen.answers
    assert answers.probabilities is not None
    assert own.probabilities is not None
    assert 1e-5 < np.abs(answers.probabilities - own.probabilities).max() < 0.3


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Export(quantise="none"), "the job says export.quantise: none"),
        (Export(precision="double"), "the job wants double precision"),
        (Export(), f"the model has less than {WORTH_BYTES} bytes"),
    ],
    ids=["none", "double", "small"],
)
def test_int8_is_not_tried_where_it_cannot_help(options: Export, why: str) -> None:
    kept = optimised(options, learnt("binary", 8))

    assert kept.record["why"] == f"INT8 was not tried: {why}"
    assert list(kept.record["forms"]) == [kept.record["chosen"]] == [options.precision]


def test_trees_have_no_weights_to_quantise() -> None:
    table = numbers_of(np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2, "binary")
    job = job_for(Boosting(max_iter=2))
    pipeline = fitted(job, table)
    found = export(job, pipeline, table), table, answers_of(pipeline, table.rows, "binary")

    assert quantised(found[0].artifact) is None
    assert optimised(Export(quantise="int8"), found).record["why"].endswith("no weights that can be quantised")


def test_quantising_makes_the_same_valid_model_every_time(caplog: pytest.LogCaptureFixture) -> None:
    artifact = learnt()[0].artifact

    first, second = quantised(artifact), quantised(artifact)

    assert first is not None
    assert first == second
    assert caplog.records == []
    model, before = onnx.load_model_from_string(first), onnx.load_model_from_string(artifact)
    onnx.checker.check_model(model)
    assert (model.producer_name, model.ir_version, list(model.metadata_props)) == ("modelet", before.ir_version, [])
    assert {(opset.domain, opset.version) for opset in before.opset_import} == {
        (opset.domain, opset.version) for opset in model.opset_import
    }


def test_rows_alone_count_for_how_far_int8_is_from_the_estimator() -> None:
    _, held, own = learnt()
    chosen = optimised(Export(quantise="int8", drift=LOOSE), learnt())
    session = Session(chosen.exported.manifest("model"), chosen.exported.artifact, threads=1)

    alone = [session.run({"x": held.rows[at : at + 1]}, ["probabilities"])["probabilities"][0] for at in range(100)]

    assert own.probabilities is not None
    assert chosen.parity["largest_difference"] >= np.abs(np.array(alone) - own.probabilities).max()
