"""What a job may say of its gate."""

import pytest

from modelet.errors import InvalidJob
from modelet.train.document import Place, compose
from modelet.train.gate import Gate, NoWorse
from modelet.train.schema import Reader


def read(text: str) -> Gate:
    place = Place("job.yaml")
    return Reader(place).read(Gate, compose(text.encode(), place))


def test_a_gate_says_everything() -> None:
    gate = read("""\
minimum: {r2: 0.8, roc_auc: 0.9}
maximum: {rmse: 1e5}
against: none
no_worse: {metric: brier, margin: 0.01, confidence: 0.9, proof: no_worse}
incomparable: pass
latency_ms: 2.5
size_mb: 100
""")

    assert (gate.minimum, gate.maximum) == ({"r2": 0.8, "roc_auc": 0.9}, {"rmse": 1e5})
    assert (gate.against, gate.incomparable, gate.latency_ms, gate.size_mb) == ("none", "pass", 2.5, 100.0)
    assert gate.no_worse == NoWorse("brier", 0.01, 0.9, "no_worse")


def test_the_least_gate_compares_with_the_version_that_is_live() -> None:
    gate = read("{}")

    assert (gate.against, gate.incomparable, gate.latency_ms) == ("live", "refuse", None)
    assert [gate.no_worse.decides(task).name for task in ("binary", "multiclass", "regression")] == [
        "log_loss",
        "log_loss",
        "rmse",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("minimum: {rmse: 1}", "minimum has no key 'rmse'"),
        ("maximum: {acuracy: 1}", "maximum has no key 'acuracy'"),
        ("no_worse: {metric: acuracy}", "(did you mean 'accuracy'?)"),
        ("no_worse: {margin: -1}", "no_worse.margin must be at least 0, but is -1"),
        ("no_worse: {confidence: 1}", "no_worse.confidence must be at least 0.5 and below 1, but is 1"),
        ("latency_ms: 0", "latency_ms must be above 0, but is 0"),
        ("against: staging", "against must be one of live, none, but is 'staging'"),
    ],
)
def test_a_mistake_is_named(text: str, problem: str) -> None:
    with pytest.raises(InvalidJob) as caught:
        read(text)

    assert problem in caught.value.message


@pytest.mark.parametrize(
    ("text", "task", "problem"),
    [
        ("minimum: {accuracy: 0.9}", "regression", "gate.minimum names 'accuracy', which the task regression does not"),
        ("maximum: {rmse: 1}", "binary", "gate.maximum names 'rmse', which the task binary does not have; it has acc"),
        ("no_worse: {metric: mae}", "multiclass", "gate.no_worse.metric names 'mae', which the task multiclass does"),
    ],
)
def test_a_metric_of_another_task_is_refused_with_those_there_are(text: str, task: str, problem: str) -> None:
    gate = read(text)

    with pytest.raises(InvalidJob) as caught:
        gate.check_metrics(task)  # type: ignore[arg-type]

    assert problem in caught.value.message


def test_metrics_of_the_task_are_in_order() -> None:
    read("{minimum: {accuracy: 0.9}, maximum: {log_loss: 1}, no_worse: {metric: brier}}").check_metrics("binary")
    read("{minimum: {r2: 0.9}, maximum: {mae: 1}}").check_metrics("regression")
