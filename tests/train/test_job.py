"""What a job file may say: each mistake is named with its line, and nothing in the file is executed."""

from pathlib import Path

import pytest

from modelet.errors import InvalidJob
from modelet.train import Job, find_job, load_job
from modelet.train.document import MAX_BYTES, Place
from modelet.train.estimators import Logistic, Mlp
from modelet.train.job import read_job
from modelet.train.promotion import Promotion

JOBS = Path(__file__).parents[2] / "jobs"
LEAST = """\
model: flowers
data: {source: "sklearn:iris"}
estimator:
  name: mlp
"""
AFTER = len(LEAST.splitlines()) + 1

Mistake = tuple[str, int, str]


def read(text: str) -> Job:
    return read_job(text.encode(), Place("job.yaml"), "job")


def instead(old: str, new: str) -> str:
    assert old in LEAST
    return LEAST.replace(old, new)


def test_the_least_job_has_defaults_for_the_rest() -> None:
    job = read(LEAST)

    assert (job.model, job.name, job.data.source, job.estimator) == ("flowers", "job", "sklearn:iris", Mlp())
    assert (job.seed, job.split.method, job.split.held_out, job.promote) == (0, None, 0.25, None)
    assert (job.features.scaling, job.export.input, job.gate.minimum) == ("auto", "x", {})


def test_a_job_says_everything() -> None:
    job = read(
        LEAST
        + """\
  hidden_layer_sizes: [64, 32]
  learning_rate_init: 1e-3
  activation: tanh
name: trial
description: "2024"
licence: CC0
seed: 7
split: {method: random, held_out: 0.5, seed: 8}
features: {scaling: none}
gate:
  minimum: {accuracy: 0.9, macro_f1: 1}
  maximum: {log_loss: 0.5}
  parity: {label_flips: 1, largest_difference: 0.01}
export: {input: image, label: digit, probabilities: p}
promote: staging
"""
    )

    assert job.estimator == Mlp(hidden_layer_sizes=(64, 32), learning_rate_init=0.001, activation="tanh")
    assert (job.name, job.description, job.licence, job.seed, job.promote) == (
        "trial",
        "2024",
        "CC0",
        7,
        Promotion("staging"),
    )
    assert (job.split.method, job.split.held_out, job.split.seed) == ("random", 0.5, 8)
    assert (job.gate.minimum, job.gate.maximum) == ({"accuracy": 0.9, "macro_f1": 1.0}, {"log_loss": 0.5})
    assert (job.gate.parity.label_flips, job.gate.parity.largest_difference) == (1, 0.01)
    assert (job.export.input, job.export.label, job.export.probabilities) == ("image", "digit", "p")


def test_null_means_that_an_optional_key_is_not_given() -> None:
    assert read(LEAST + "description: null\nsplit: {seed: ~}\npromote:\n") == read(LEAST)


KEYS: list[Mistake] = [
    ("modle: a\n", 1, "a job has no key 'modle' (did you mean 'model'?); its keys are model, data, "),
    (LEAST + "colour: red\n", AFTER, "a job has no key 'colour'; its keys are "),
    (LEAST + "  hiden_layer_sizes: [4]\n", AFTER, "estimator has no key 'hiden_layer_sizes' (did you mean 'hidden"),
    (instead("mlp", "logistic\n  alpha: 1"), 5, "estimator has no key 'alpha'; its keys are name, C, max_iter, tol"),
    (LEAST + "gate:\n  minimum:\n    acuracy: 1\n", AFTER + 2, "gate.minimum has no key 'acuracy' (did you mean 'acc"),
    (LEAST + "gate: {minimum: {log_loss: 1}}\n", AFTER, "gate.minimum has no key 'log_loss'"),
    (LEAST + "[a]: 1\n", AFTER, "a job has no key 'a list'"),
    (LEAST + "<<: {seed: 1}\n", AFTER, "'<<' means a merge in YAML"),
    ("model: a\n", 1, "the job needs the key 'data'"),
    (instead('{source: "sklearn:iris"}', "{}"), 2, "data needs the key 'source'"),
    (instead("name: mlp", "tol: 1"), 4, "estimator needs the key 'name': one of linear, logistic, "),
    (instead("name: mlp", "nam: mlp"), 4, "estimator has no key 'nam' (did you mean 'name'?)"),
    (LEAST + "model: b\n", AFTER, "model is given twice"),
    (LEAST + "split:\n  seed: 1\n  seed: 2\n", AFTER + 2, "split.seed is given twice"),
]

VALUES: list[Mistake] = [
    (instead("flowers", "Flowers"), 1, "model: 'Flowers' is not a model name: use 1 to 64 of a-z"),
    (instead("flowers", "../etc"), 1, "model: '../etc' is not a model name"),
    (instead("flowers", "no"), 1, "model must be text, but is 'no': put it in quotes"),
    (instead("flowers", "7"), 1, "model must be text, but is '7': put it in quotes"),
    (instead("flowers", "[a]"), 1, "model must be text, but is a list"),
    (instead("flowers", '""'), 1, "model must be text, but is empty"),
    (instead("sklearn:iris", "sklearn:irsi"), 2, "data.source: 'irsi' is no bundled set: use one of breast_cancer, "),
    (instead("sklearn:iris", "ftp://a/b.csv"), 2, "data.source: 'ftp://a/b.csv' has no reader: use sklearn:…, a path,"),
    (
        instead("}", ", types: {a: numbr}}"),
        2,
        "data.types.a must be one of number, category, text, but is 'numbr' (did",
    ),
    (instead("}", ", types: {a: text, a: text}}"), 2, "data.types.a is given twice"),
    (instead("}", ", formt: csv}"), 2, "data has no key 'formt' (did you mean 'format'?)"),
    (instead("}", ", max_rows: 0}"), 2, "data.max_rows must be at least 1, but is 0"),
    (instead("}", ", delimiter: ab}"), 2, "data.delimiter: 'ab' is not one character that separates values"),
    (instead("}", ", target: a, drop: [a]}"), 2, "data: 'a' is the target, and can be nothing else"),
    (instead("mlp", "mpl"), 4, "but is 'mpl' (did you mean 'mlp'?)"),
    (instead("\n  name: mlp", " mlp"), 3, "estimator must be a mapping, but is 'mlp'"),
    (LEAST + "  hidden_layer_sizes: 64\n", AFTER, "estimator.hidden_layer_sizes must be a list such as [64, 32]"),
    (LEAST + "  hidden_layer_sizes: [64, x]\n", AFTER, "estimator.hidden_layer_sizes[1] must be a whole number"),
    (LEAST + "  hidden_layer_sizes: [64, 0]\n", AFTER, "must be at least 1 and at most 100000, but is 0"),
    (LEAST + "  hidden_layer_sizes: []\n", 4, "estimator: hidden_layer_sizes must name at least one layer"),
    (LEAST + "  activation: Relu\n", AFTER, "must be one of relu, tanh, logistic, identity, but is 'Relu' (did you"),
    (LEAST + "  learning_rate_init: fast\n", AFTER, "learning_rate_init must be a number, but is 'fast'"),
    (LEAST + "  learning_rate_init: 0\n", AFTER, "learning_rate_init must be above 0, but is 0"),
    (LEAST + "  tol: .inf\n", AFTER, "tol must be a number, but is '.inf'"),
    (LEAST + "  tol: nan\n", AFTER, "tol must be at least 0, but is nan"),
    (LEAST + "seed: 1.5\n", AFTER, "seed must be a whole number, but is '1.5'"),
    (LEAST + "seed: '1'\n", AFTER, "seed must be a whole number, but is '1'"),
    (LEAST + "seed: 1_000\n", AFTER, "seed must be a whole number, but is '1_000'"),
    (LEAST + "seed: true\n", AFTER, "seed must be a whole number, but is 'true'"),
    (LEAST + "seed:\n", AFTER, "seed must be a whole number, but is empty"),
    (LEAST + "seed: 4294967296\n", AFTER, "seed must be at least 0 and below 4294967296"),
    (LEAST + "split: {held_out: 1}\n", AFTER, "split.held_out must be above 0 and below 1, but is 1"),
    (
        LEAST + "split: {method: group}\n",
        AFTER,
        "split.method must be one of random, stratified, grouped, time, but is 'gr",
    ),
    (LEAST + "gate: {minimum: 0.9}\n", AFTER, "gate.minimum must be a mapping, but is '0.9'"),
    (LEAST + "gate: {minimum: {accuracy: 96}}\n", AFTER, "gate.minimum.accuracy must be at least 0 and at most 1"),
    (LEAST + "export: {input: a b}\n", AFTER, "export.input: 'a b' is not a tensor name"),
    (LEAST + "export: {input: label}\n", AFTER, "export: input, label and probabilities must have different names"),
    (LEAST + "promote: Live!\n", AFTER, "promote.alias: 'Live!' is not an alias"),
    (LEAST + "description: 2024-01-01\n", AFTER, "'2024-01-01' means a timestamp in YAML: put it in quotes"),
]

DOCUMENTS: list[Mistake] = [
    ("- model\n", 1, "the job must be a mapping, but is a list"),
    ("digits", 1, "the job must be a mapping, but is 'digits'"),
    (LEAST + "split: {seed: 1\n", AFTER + 1, "this is not the YAML of a job: while parsing a flow mapping"),
    (LEAST + "\tseed: 1\n", AFTER, "this is not the YAML of a job: while scanning for the next token found character"),
    (LEAST + "---\nmodel: b\n", AFTER, "expected a single document in the stream"),
    (LEAST + "description: !!python/object/apply:os.abort []\n", AFTER, "python/object/apply:os.abort' is not allowed"),
    (LEAST + "description: !secret key\n", AFTER, "the tag '!secret' is not allowed"),
    (LEAST + "split: &a {seed: 1}\nfeatures: *a\n", AFTER + 1, "aliases are not allowed"),
    (LEAST + "description: " + "[" * 100_000, AFTER, "it is nested over 20 deep"),
]


@pytest.mark.parametrize(("text", "line", "problem"), [*KEYS, *VALUES, *DOCUMENTS])
def test_a_mistake_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    with pytest.raises(InvalidJob) as caught:
        read(text)

    assert caught.value.message.startswith(f"job.yaml, line {line}: ")
    assert problem in caught.value.message


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "job.yaml is empty: a job needs at least model, data and estimator."),
        (b"# nothing\n", "job.yaml is empty"),
        (b"model: \xff\n", "job.yaml is not UTF-8"),
        (b"model: 'a\0b'\n", "job.yaml is not YAML"),
        (b"#" * (MAX_BYTES + 1), f"job.yaml has {MAX_BYTES + 1} bytes, more than the {MAX_BYTES} of a job"),
    ],
)
def test_what_is_no_document_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(InvalidJob) as caught:
        read_job(data, Place("job.yaml"))

    assert problem in caught.value.message


def test_the_digest_follows_what_a_job_says_and_not_how_it_is_written() -> None:
    spaced = "# a comment\nestimator: {name: mlp}\n\nseed: 0\n" + LEAST.partition("estimator")[0]

    assert read(spaced).digest() == read(LEAST).digest()
    assert read(LEAST + "seed: 1\n").digest() != read(LEAST).digest()


def test_a_job_file_has_the_name_of_its_file() -> None:
    job = load_job(JOBS / "digits.yaml")

    assert (job.name, job.model, job.promote, job.gate.minimum) == ("digits", "digits", Promotion(), {"accuracy": 0.96})


def test_a_missing_or_unreadable_job_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidJob, match=r"There is no job file '.*none\.yaml'"):
        load_job(tmp_path / "none.yaml")
    with pytest.raises(InvalidJob, match="cannot be read: Is a directory"):
        load_job(tmp_path)


def test_a_job_is_found_in_an_event_at_a_path_and_at_a_url(tmp_path: Path) -> None:
    path = tmp_path / "flowers.yaml"
    path.write_text(LEAST)
    mapping = {"model": "flowers", "data": {"source": "sklearn:iris"}, "estimator": {"name": "mlp", "tol": 1e-7}}

    assert find_job(str(path)) == find_job(path.as_uri()) == load_job(path)
    assert find_job(mapping).estimator == Mlp(tol=1e-7)
    assert find_job(mapping | {"estimator": {"name": "logistic", "C": 2}}).estimator == Logistic(C=2.0)


@pytest.mark.parametrize(
    ("described", "problem"),
    [
        (None, "A job must be given"),
        ("", "A job must be given"),
        (["digits.yaml"], "A job must be given"),
        ({"modle": "a"}, "The event's job: a job has no key 'modle' (did you mean 'model'?)"),
        ({"model": "\ud800"}, "The event's job is not JSON"),
        ("none.yaml", "There is no job file 'none.yaml'"),
        ("file:///nowhere/none.yaml", "There is no job at 'file:///nowhere/none.yaml'"),
    ],
)
def test_a_job_that_cannot_be_found_is_named(described: object, problem: str) -> None:
    with pytest.raises(InvalidJob) as caught:
        find_job(described)

    assert problem in caught.value.message
    assert "line" not in caught.value.message
