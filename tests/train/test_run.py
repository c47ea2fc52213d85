"""A whole run: from a job to a version whose manifest is complete, or to a refusal that leaves the store alone."""

import random
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from modelet.errors import (
    AliasNotFound,
    CandidateRefused,
    InvalidJob,
    ModelNotFound,
    OutOfMemory,
    StoreUnavailable,
)
from modelet.registry.reading import find_version, list_versions, read_manifest
from modelet.store import open_store
from modelet.store.base import Store
from modelet.train import HeldOut, Job, Outcome, load_job, run
from modelet.train.data import Data, load
from modelet.train.estimators import Logistic, Mlp
from modelet.train.evaluation import metrics_of
from modelet.train.export import Export
from modelet.train.features import Features
from modelet.train.fitting import fit
from modelet.train.gate import Gate, NoWorse, Tolerance
from modelet.train.promotion import Promotion
from modelet.train.stages import noted
from tests.entrances import post
from tests.published import serve
from tests.watched_store import WatchedStore

JOBS = Path(__file__).parents[2] / "jobs"
STAGES = [
    "read the data", "look for leaks", "fit", "evaluate", "export", "compare with the estimator", "measure", "explain",
    "report", "publish",
]  # fmt: skip


@pytest.fixture(scope="module")
def digits() -> tuple[Store, Outcome]:
    store = open_store(f"memory://{uuid.uuid4().hex}")
    return store, run(store, load_job(JOBS / "digits.yaml"))


def published(store: Store) -> list[str]:
    """What the registry holds: versions, aliases, and blobs that may be of neither."""
    return sorted(entry.key for entry in store.scan("models/"))


def held_out(outcome: Outcome) -> HeldOut:
    assert outcome.held_out is not None
    return outcome.held_out


def own_answers(job: Job) -> dict[str, Any]:
    """What the estimator itself answers to the held-out rows, fitted once more."""
    data = load(job.data)
    learnt, held = map(data.take, job.split.positions(data, job.seed))
    with noted():
        pipeline = fit(job, learnt)
    return {"label": pipeline.predict(held.rows), "probabilities": pipeline.predict_proba(held.rows)}


def test_digits_are_learnt_and_become_live(digits: tuple[Store, Outcome]) -> None:
    store, outcome = digits
    manifest = outcome.manifest

    assert outcome.metrics["accuracy"] >= 0.96
    assert outcome.metrics["held_out_rows"] == len(held_out(outcome).truth) == 450
    assert (outcome.promoted, outcome.notes) == (True, ())
    assert find_version(store, "digits", "live") == manifest.version == 1
    assert read_manifest(store, "digits", 1) == manifest


def test_a_held_out_digit_is_predicted_as_the_readme_says(digits: tuple[Store, Outcome]) -> None:
    store, outcome = digits
    held = held_out(outcome)
    image, truth = held.inputs["image"][0], int(held.truth[0])

    answer = post(serve(store), "/models/digits/predict", {"image": image.tolist()})

    assert answer.status == 200
    assert list(answer.body) == ["label", "probabilities"]
    assert answer.body["label"] == truth
    assert len(answer.body["probabilities"]) == 10
    assert answer.body["probabilities"][truth] > 0.5


def test_the_manifest_of_digits_is_complete(digits: tuple[Store, Outcome]) -> None:
    manifest, job = digits[1].manifest, load_job(JOBS / "digits.yaml")
    lineage = manifest.lineage

    assert manifest.signature.dump() == {
        "inputs": [{"name": "image", "datatype": "FP32", "shape": [-1, 64]}],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
        ],
        "batched": True,
    }
    assert manifest.labels == {"probabilities": list(range(10))}
    assert [column.name for column in manifest.columns] == [field.name for field in load(job.data).fields]
    assert manifest.description == job.description
    assert set(manifest.metrics) == {*metrics_of("multiclass"), "held_out_rows"}
    assert manifest.parity["rows"] == 450
    assert manifest.parity["label_flips"] == 0
    assert 0 < manifest.parity["largest_difference"] < 1e-5
    assert lineage["job"] == {"name": "digits", "sha256": job.digest()}
    assert lineage["data"]["sha256"] == load(Data("sklearn:digits")).digest()
    assert [lineage["data"][name] for name in ("rows", "training_rows", "held_out_rows")] == [1797, 1347, 450]
    assert lineage["estimator"]["name"] == "mlp"
    assert lineage["estimator"]["parameters"]["hidden_layer_sizes"] == [100, 50]
    assert (lineage["seed"], lineage["split"]["seed"], lineage["parent"], lineage["notes"]) == (7, 7, None, [])
    assert set(lineage["libraries"]) == {"python", "numpy", "scikit-learn", "onnx", "onnxruntime"}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"estimator": Mlp(hidden_layer_sizes=(8,), max_iter=20), "features": Features("none")},
        {"data": Data("sklearn:breast_cancer"), "gate": Gate()},
        {"data": Data("sklearn:breast_cancer"), "estimator": Mlp(max_iter=5), "gate": Gate()},
    ],
    ids=["logistic", "mlp-unscaled", "two-classes", "two-classes-mlp"],
)
def test_what_is_served_answers_as_the_estimator_does(memory: Store, iris: Job, changes: dict[str, Any]) -> None:
    job = replace(iris, **{"gate": Gate(), **changes})

    outcome = run(memory, job)
    answer = post(serve(memory), "/models/iris/predict", {"x": held_out(outcome).inputs["x"].tolist()})

    own = own_answers(job)
    assert answer.body["label"] == own["label"].tolist()
    np.testing.assert_allclose(answer.body["probabilities"], own["probabilities"], atol=1e-5)
    assert outcome.manifest.signature.outputs[0].datatype == "BYTES"
    assert outcome.manifest.labels == {"probabilities": sorted(set(load(job.data).truth.tolist()))}


def test_tensors_have_the_names_that_the_job_gives_them(memory: Store, iris: Job) -> None:
    run(memory, replace(iris, export=Export(input="flower", label="species", probabilities="p")))

    answer = post(serve(memory), "/models/iris/predict", {"flower": [5.1, 3.5, 1.4, 0.2]})

    assert (answer.body["species"], list(answer.body)) == ("setosa", ["species", "p"])


def test_a_run_works_on_every_store(store: Store, iris: Job) -> None:
    outcome = run(store, iris)

    assert read_manifest(store, "iris", 1) == outcome.manifest
    assert find_version(store, "iris", "live") == 1


def test_the_same_job_makes_the_same_version_and_leaves_global_randomness_alone(
    digits: tuple[Store, Outcome], memory: Store
) -> None:
    legacy: Any = np.random.get_state()  # noqa: NPY002 - the state that a careless library would use
    python = random.getstate()

    again = run(memory, load_job(JOBS / "digits.yaml"))

    assert again.metrics == digits[1].metrics
    assert again.manifest.artifact == digits[1].manifest.artifact
    assert again.manifest.parity == digits[1].manifest.parity
    now: Any = np.random.get_state()  # noqa: NPY002 - as above
    assert (now[1] == legacy[1]).all()
    assert now[2:] == legacy[2:]
    assert random.getstate() == python


def test_the_version_does_not_depend_on_how_many_threads_there_are(memory: Store, iris: Job) -> None:
    job = replace(iris, data=Data("sklearn:digits"))
    made = []

    for threads in (1, 2):
        with threadpool_limits(threads):
            made.append(run(memory, job).manifest.artifact)

    assert made[0] == made[1]


def test_another_seed_makes_another_version(memory: Store, iris: Job) -> None:
    first, second = (run(memory, replace(iris, seed=seed, gate=Gate(against="none"))) for seed in (7, 8))

    assert first.manifest.artifact != second.manifest.artifact
    assert first.manifest.lineage["data"]["held_out_sha256"] != second.manifest.lineage["data"]["held_out_sha256"]
    assert first.manifest.lineage["data"]["sha256"] == second.manifest.lineage["data"]["sha256"]


def test_a_later_version_names_its_parent_and_waits_unless_the_job_promotes_it(memory: Store, iris: Job) -> None:
    first, waiting = run(memory, iris), run(memory, iris)
    live_then = find_version(memory, "iris", "live")
    promoted = run(memory, replace(iris, promote=Promotion()))
    staged = run(memory, replace(iris, promote=Promotion("staging")))

    assert [made.manifest.version for made in (first, waiting, promoted, staged)] == [1, 2, 3, 4]
    assert [made.promoted for made in (first, waiting, promoted, staged)] == [True, False, True, False]
    assert [made.manifest.lineage["parent"] for made in (first, waiting, promoted, staged)] == [None, 1, 1, 3]
    assert live_then == 1
    assert find_version(memory, "iris", "live") == 3
    assert find_version(memory, "iris", "staging") == 4


def test_a_run_tells_its_stages_and_how_far_each_is(memory: Store, iris: Job) -> None:
    told: list[tuple[str, float | None]] = []

    run(memory, replace(iris, estimator=Mlp(max_iter=4), gate=Gate()), lambda *said: told.append(said))

    assert [stage for stage, fraction in told if fraction is None] == STAGES
    assert [fraction for stage, fraction in told if stage == "fit"] == [None, 0.25, 0.5, 0.75, 1.0, 1.0]


def test_what_the_libraries_warn_of_is_noted_and_kept(memory: Store, iris: Job) -> None:
    outcome = run(memory, replace(iris, estimator=Logistic(max_iter=1), gate=Gate()))

    assert ["failed to converge" in note for note in outcome.notes].count(True) == 1
    assert outcome.manifest.lineage["notes"] == list(outcome.notes)


@pytest.mark.parametrize(
    "gate",
    [
        Gate(minimum={"accuracy": 1.0}),
        Gate(maximum={"log_loss": 0.001}),
        Gate(parity=Tolerance(largest_difference=0.0)),
    ],
    ids=["minimum", "maximum", "parity"],
)
def test_a_refused_candidate_leaves_the_store_empty(memory: Store, iris: Job, gate: Gate) -> None:
    with pytest.raises(CandidateRefused, match="nothing was published"):
        run(memory, replace(iris, gate=gate))

    assert published(memory) == []


def test_options_that_cannot_be_fitted_are_the_jobs_mistake(memory: Store, iris: Job) -> None:
    with pytest.raises(InvalidJob, match="Estimator 'mlp' cannot be fitted with these options"):
        run(memory, replace(iris, estimator=Mlp(learning_rate_init=1e300, activation="identity")))

    assert published(memory) == []


def test_a_store_that_cannot_be_reached_is_told_before_training(memory: Store, iris: Job) -> None:
    def refuse(verb: str, key: str) -> None:
        raise StoreUnavailable("The store is away.")

    told: list[str] = []

    with pytest.raises(StoreUnavailable):
        run(WatchedStore(memory, refuse), iris, lambda stage, _: told.append(stage))

    assert told == []


def test_a_job_that_does_not_fit_the_memory_says_so(memory: Store, iris: Job) -> None:
    def exhaust(stage: str, fraction: float | None) -> None:
        if stage == "fit":
            raise MemoryError

    with pytest.raises(OutOfMemory, match="Job 'iris' needs more memory than there is"):
        run(memory, iris, exhaust)

    assert published(memory) == []


@pytest.mark.parametrize("interrupted", STAGES)
def test_an_interrupt_at_any_stage_changes_no_version_and_no_alias(memory: Store, iris: Job, interrupted: str) -> None:
    def interrupt(stage: str, fraction: float | None) -> None:
        if stage == interrupted and fraction is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(memory, iris, interrupt)

    assert published(memory) == []


def test_an_interrupt_while_the_artifact_is_uploaded_changes_no_version_and_no_alias(memory: Store, iris: Job) -> None:
    def interrupt(verb: str, key: str) -> None:
        if verb == "put" and "/blobs/" in key:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(WatchedStore(memory, interrupt), replace(iris, promote=Promotion()))

    assert list_versions(memory, "iris") == []
    with pytest.raises((ModelNotFound, AliasNotFound)):
        find_version(memory, "iris", "live")


def test_importing_the_job_runner_imports_no_training_library() -> None:
    code = (
        "import sys, functions.train.handler, modelet.train;"
        "sys.exit(str({'sklearn', 'scipy', 'skl2onnx', 'onnx', 'onnxruntime', 'pandas'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=JOBS.parent, capture_output=True, text=True, check=False)

    assert done.stderr.strip() == "set()"


def test_a_live_version_that_may_know_the_held_out_rows_is_doubted(memory: Store, iris: Job) -> None:
    run(memory, iris)

    same, other = (run(memory, replace(iris, seed=seed, gate=Gate(no_worse=NoWorse(margin=1)))) for seed in (7, 8))

    assert [["may have learnt some of these" in note for note in made.notes].count(True) for made in (same, other)] == [
        0,
        1,
    ]
