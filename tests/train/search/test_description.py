"""What a job may say of its search: every mistake is named with its line before anything is tried."""

import orjson
import pytest

from modelet.errors import InvalidJob
from modelet.train.document import Place
from modelet.train.job import Job, read_job
from modelet.train.search.applying import applied
from modelet.train.search.description import Search
from modelet.train.search.values import Range

JOB = """\
model: flowers
data: {source: "sklearn:iris"}
estimator: {name: logistic, C: 2.0}
search:
  folds: 3
  space:
"""
AFTER = len(JOB.splitlines()) + 1


def read(text: str) -> Job:
    return read_job(text.encode(), Place("job.yaml"))


def search_of(job: Job) -> Search:
    assert job.search is not None
    return job.search


def test_a_search_says_everything() -> None:
    job = read(
        JOB
        + """\
    estimator.C: {low: 1e-3, high: 10, log: true}
    estimator.max_iter: {low: 100, high: 300, int: true}
    features.scaling: [standard, none]
  strategy: optuna
  trials: 30
  metric: accuracy
  seed: 7
  processes: 2
  timeout: 60.5
"""
    )

    assert search_of(job) == Search(
        space={
            "estimator.C": Range(0.001, 10.0, log=True),
            "estimator.max_iter": Range(100, 300, int=True),
            "features.scaling": ("standard", "none"),
        },
        strategy="optuna",
        trials=30,
        folds=3,
        metric="accuracy",
        seed=7,
        processes=2,
        timeout=60.5,
    )


def test_values_mean_what_they_mean_in_a_job() -> None:
    lists = "    estimator.max_iter: [1, 2_0, '3', 1e2, true, ~, [64, 32], {a: b}]\n"

    with pytest.raises(InvalidJob, match=r"estimator\.max_iter must be a whole number, but is '2_0'"):
        read(JOB + lists)
    job = read(
        JOB.replace("{name: logistic, C: 2.0}", "{name: mlp}") + "    estimator.hidden_layer_sizes: [[64, 32]]\n"
    )

    assert search_of(job).space == {"estimator.hidden_layer_sizes": ([64, 32],)}


@pytest.mark.parametrize(
    "space",
    [
        "    estimator.C: [0.1, 1e-3, 5]\n",
        "    estimator.C: {low: 1e-7, high: 1e2, log: true}\n",
        "    estimator.max_iter: {low: 1, high: 9, int: true}\n",
        "    estimator: [{name: logistic, C: 3.5}, {name: mlp, hidden_layer_sizes: [8]}]\n",
    ],
)
def test_a_job_with_a_search_is_read_again_from_its_json(space: str) -> None:
    job = read(JOB + space)

    again = read_job(orjson.dumps(job.to_json()), Place("run", has_lines=False))

    assert again == job
    assert again.digest() == job.digest()


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (JOB.replace("  space:\n", "  space: {}\n"), AFTER - 1, "search.space: it is empty: name what to try"),
        (JOB.replace("  space:\n", "  trials: 3\n"), AFTER - 2, "search needs the key 'space'"),
        (JOB + "    estimator.C: []\n", AFTER, "search.space.estimator.C has no value to try"),
        (JOB + "    estimator.C: 5\n", AFTER, "search.space.estimator.C must be a list of values, or {low: …, high"),
        (JOB + "    estimator.C: {low: 1}\n", AFTER, "search.space.estimator.C needs the key 'high'"),
        (JOB + "    estimator.C: {low: 2, high: 1}\n", AFTER, "low must be below high, but they are 2 and 1"),
        (JOB + "    estimator.C: {low: 0, high: 1, log: true}\n", AFTER, "low must be above 0 where log is true"),
        (JOB + "    estimator.C: {low: 0.5, high: 1, int: true}\n", AFTER, "must be whole numbers where int is true"),
        (JOB + "    estimator.C: [1,\n      -1]\n", AFTER + 1, "estimator.C must be above 0, but is -1"),
        (JOB + "    estimator.C: {low: -1, high: 1}\n", AFTER, "estimator.C must be above 0, but is -1"),
        (JOB + "    estimator.c: [1]\n", AFTER, "estimator has no key 'c'; its keys are name, C, "),
        (JOB + "    estimator.max_iter: {low: 1, high: 9}\n", AFTER, "estimator.max_iter must be a whole number"),
        (JOB + "    features.scaling: [none,\n      standrd]\n", AFTER + 1, "(did you mean 'standard'?)"),
        (JOB + "    estimator: [{name: mpl}]\n", AFTER, "(did you mean 'mlp'?)"),
        (JOB + "    estimator.name: [mlp]\n    estimator.alfa: [1]\n", AFTER + 1, "estimator has no key 'alfa'"),
        (
            JOB + "    split.seed: [1, 2]\n",
            AFTER - 0,
            "'split.seed' cannot be searched: only keys of estimator and fea",
        ),
        (JOB + "    data: [1]\n", AFTER, "'data' cannot be searched"),
        (JOB + "    estimator.: [1]\n", AFTER, "'estimator.' cannot be searched"),
        (JOB + "    estimator: [{name: mlp}]\n    estimator.C: [1]\n", AFTER, "'estimator' and 'estimator.C' set the"),
        (JOB + "    estimator.C: [1]\n  metric: acuracy\n", AFTER + 1, "'acuracy' is no metric: use one of accuracy, "),
        (JOB.replace("folds: 3", "folds: 1") + "    estimator.C: [1]\n", AFTER - 2, "search.folds must be at least 2"),
        (JOB + "    estimator.C: {low: 1, high: 2}\n  strategy: grid\n", 5, "a grid needs lists of values, but 'esti"),
        (
            JOB
            + f"    estimator.C: {list(range(1, 102))}\n    estimator.tol: {list(range(1, 102))}\n  strategy: grid\n",
            5,
            "a grid of 10201 trials is over 10000",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(InvalidJob) as caught:
        read(text)

    assert problem in caught.value.message
    assert caught.value.message.startswith(f"job.yaml, line {line}: ")


@pytest.mark.parametrize(
    "space",
    [
        "    estimator.name: [logistic, mlp]\n    estimator.hidden_layer_sizes: [[4]]\n    estimator.C: [1]\n",
        "    estimator.penalty: [elasticnet]\n    estimator.l1_ratio: [0.5]\n",
    ],
)
def test_what_is_right_only_with_other_values_is_left_to_the_trials(space: str) -> None:
    assert search_of(read(JOB + space)).space


def test_another_estimator_does_not_inherit_the_options_of_the_first() -> None:
    described = read(JOB + "    estimator.C: [1]\n").to_json()

    job = applied(described, {"estimator.hidden_layer_sizes": [7], "estimator.name": "mlp"})

    assert job.to_json()["estimator"]["hidden_layer_sizes"] == [7]
    assert (job.estimator.name, job.search, job.model) == ("mlp", None, "flowers")
    assert applied(described, {"estimator.name": "logistic"}).to_json()["estimator"]["C"] == 2.0


def test_a_value_that_does_not_go_is_named() -> None:
    described = read(JOB + "    estimator.C: [1]\n").to_json()

    with pytest.raises(InvalidJob, match=r"The trial's job: estimator\.C must be above 0, but is -1"):
        applied(described, {"estimator.C": -1})
