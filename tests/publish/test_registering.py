"""Registering an upload: once, whatever triggers it how often, and whatever dies on the way."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from onnx import TensorProto

from modelet.errors import InvalidName, InvalidRequest, JobNotFound, StoreUnavailable
from modelet.jobs.changing import create
from modelet.jobs.reading import read_job
from modelet.jobs.record import ATTEMPTS, Job
from modelet.jobs.uploads import Upload, expect_upload, upload_key
from modelet.publish import Draft, push
from modelet.publish.registering import register
from modelet.publish.step import MIB, Limits
from modelet.registry.changing import promote
from modelet.registry.names import LIVE
from modelet.registry.reading import current_aliases, list_models, list_versions, read_manifest
from modelet.store import open_store
from modelet.store.base import Store
from tests.onnx_models import save, scale
from tests.published import publish_model
from tests.watched_store import WatchedStore

MODEL = scale(2.0).SerializeToString(deterministic=True)
LIMITS = Limits()


class WorkerDied(BaseException):
    """What no handler of errors sees: the process is gone."""


def uploaded(store: Store, data: bytes = MODEL, upload: Upload | None = None) -> Job:
    job = expect_upload(store, upload or Upload("digits"), 3600)
    store.put(upload_key(job.id), [data])
    return job


def keys(store: Store, prefix: str) -> list[str]:
    return [entry.key for entry in store.scan(prefix)]


def _let_the_claim_run_out(store: Store, job: Job) -> None:
    seen = read_job(store, job.id)
    if seen.claim is not None:
        late = replace(seen, claim=replace(seen.claim, until=time.time()))
        store.put(f"jobs/{job.id}/state.json", [late.dump()])


@pytest.fixture
def memory() -> Store:
    return open_store(f"memory://{uuid.uuid4().hex}")


def test_an_upload_becomes_what_a_push_of_the_same_file_becomes(store: Store, tmp_path: Path) -> None:
    said = Upload("digits", "Doubles.", "Apache-2.0", {"y_pred": ["a", "b"]})
    job = uploaded(store, upload=said)

    done = register(store, job.id, LIMITS)

    draft = Draft(said.description, said.licence, said.labels)
    pushed = push(store, save(scale(2.0), tmp_path / "model.onnx"), "pushed", draft)
    manifest = read_manifest(store, "digits", 1)
    assert (done.state, done.result) == (
        "succeeded",
        {"model": "digits", "version": 1, "digest": pushed.artifact.sha256},
    )
    same = ("artifact", "signature", "description", "licence", "labels", "opsets", "metrics")
    assert [getattr(manifest, name) for name in same] == [getattr(pushed, name) for name in same]
    assert manifest.lineage == {**pushed.lineage, "job": job.id}
    assert manifest.operation == job.id
    assert keys(store, "uploads/") == []


@pytest.mark.parametrize(("promoted", "live"), [(True, 2), (False, 1)])
def test_a_later_version_is_live_if_that_was_asked_for(memory: Store, promoted: bool, live: int) -> None:
    publish_model(memory, "digits", scale(1.0))

    register(memory, uploaded(memory, upload=Upload("digits", promote=promoted)).id, LIMITS)

    targets = current_aliases(memory, "digits").aliases.alias(LIVE).targets
    assert [target.version for target in targets] == [live]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"garbage", "it is not an ONNX file"),
        (b"\x0a" + b"\xff" * 1000, "it is not an ONNX file"),
        (scale(2.0).SerializeToString().replace(b"Mul", b"Mux"), "'Mux'"),
    ],
)
def test_a_refused_upload_fails_its_job_with_the_reason(memory: Store, data: bytes, reason: str) -> None:
    done = register(memory, uploaded(memory, data).id, LIMITS)

    assert (done.state, done.result) == ("failed", None)
    assert done.error is not None
    assert done.error.code == "model_refused"
    assert reason in done.error.message
    assert list_models(memory) == []
    assert keys(memory, "uploads/") == keys(memory, "models/") == []


def test_an_upload_over_the_limit_is_refused_while_it_is_downloaded(memory: Store) -> None:
    job = uploaded(memory, b"\0" * (MIB + 1))

    done = register(memory, job.id, Limits(memory_bytes=MIB))

    assert done.error is not None
    assert done.error.message == "The uploaded file is larger than the 1 MB that may be examined."


def test_a_second_trigger_changes_nothing(store: Store) -> None:
    job = uploaded(store)
    first = register(store, job.id, LIMITS)

    store.put(upload_key(job.id), [scale(3.0).SerializeToString()])
    second = register(store, job.id, LIMITS)

    assert second == first
    assert list_versions(store, "digits") == [1]
    assert keys(store, "uploads/") == []


def test_triggers_at_the_same_time_publish_one_version(memory: Store) -> None:
    job = uploaded(memory)
    together = threading.Barrier(8)

    def trigger(_: int) -> Job:
        together.wait()
        return register(memory, job.id, LIMITS)

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(trigger, range(8)))

    assert sorted(job.state for job in seen) == ["running"] * 7 + ["succeeded"]
    assert list_versions(memory, "digits") == [1]


def test_a_trigger_before_the_upload_has_landed_leaves_the_job_waiting(memory: Store) -> None:
    job = expect_upload(memory, Upload("digits"), 3600)

    assert register(memory, job.id, LIMITS) == job

    memory.put(upload_key(job.id), [MODEL])
    assert register(memory, job.id, LIMITS).state == "succeeded"


def test_an_upload_that_came_too_late_is_thrown_away(memory: Store) -> None:
    job = expect_upload(memory, Upload("digits"), -1)
    memory.put(upload_key(job.id), [MODEL])

    done = register(memory, job.id, LIMITS)

    assert done.error is not None
    assert done.error.code == "expired"
    assert keys(memory, "uploads/") == []
    assert list_models(memory) == []


# Where a worker can die: before its first write, before the version exists, after it does, before the alias is moved,
# and before the job says so. The verb and the start of the key name the call that never comes back.
DEATHS = [
    ("stream", "uploads/"),
    ("put", "models/digits/blobs/"),
    ("put_if_absent", "models/digits/versions/2"),
    ("put_if_absent", "models/digits/aliases"),
    ("delete", "uploads/"),
]


@pytest.mark.parametrize(("verb", "start"), DEATHS)
def test_a_worker_that_dies_is_followed_by_one_that_publishes_no_second_version(
    memory: Store, verb: str, start: str
) -> None:
    publish_model(memory, "digits", scale(1.0))
    job = uploaded(memory, upload=Upload("digits", promote=True, after=0))
    deaths: list[str] = []

    def die(called: str, key: str) -> None:
        if called == verb and key.startswith(start):
            deaths.append(key)
            raise WorkerDied

    with pytest.raises(WorkerDied):
        register(WatchedStore(memory, die), job.id, LIMITS)
    _let_the_claim_run_out(memory, job)
    done = register(memory, job.id, LIMITS)

    assert deaths
    assert (done.state, done.result and done.result["version"]) == ("succeeded", 2)
    assert list_versions(memory, "digits") == [1, 2]
    assert [t.version for t in current_aliases(memory, "digits").aliases.alias(LIVE).targets] == [2]
    assert keys(memory, "uploads/") == []


def test_a_worker_that_dies_before_its_job_says_so_is_followed_by_one_that_finds_its_version(memory: Store) -> None:
    job = uploaded(memory)
    writes: list[str] = []

    def die(verb: str, key: str) -> None:
        if verb == "put_if_match" and key.startswith("jobs/"):
            writes.append(key)
            if len(writes) == 2:  # the first one is the claim
                raise WorkerDied

    with pytest.raises(WorkerDied):
        register(WatchedStore(memory, die), job.id, LIMITS)
    assert read_job(memory, job.id).state == "running"
    assert list_versions(memory, "digits") == [1]
    publish_model(memory, "digits", scale(5.0))  # somebody else goes on
    promote(memory, "digits", 2)
    _let_the_claim_run_out(memory, job)

    done = register(memory, job.id, LIMITS)

    assert done.result is not None
    assert done.result["version"] == 1
    assert list_versions(memory, "digits") == [1, 2]


def test_a_worker_that_wakes_up_after_it_was_replaced_publishes_no_second_version(memory: Store) -> None:
    job = uploaded(memory)
    successors: list[Job] = []

    def replaced_meanwhile(verb: str, key: str) -> None:
        if verb == "put_if_absent" and "/versions/" in key and not successors:
            _let_the_claim_run_out(memory, job)
            successors.append(register(memory, job.id, LIMITS))

    with pytest.raises(InvalidRequest, match="no longer this worker's"):
        register(WatchedStore(memory, replaced_meanwhile), job.id, LIMITS)

    assert read_job(memory, job.id) == successors[0]
    assert successors[0].state == "succeeded"
    assert list_versions(memory, "digits") == [1]


def test_while_the_store_is_down_the_job_is_given_back_until_it_has_been_tried_enough(memory: Store) -> None:
    job = uploaded(memory)

    def down(verb: str, key: str) -> None:
        if verb == "stream":
            raise StoreUnavailable("The store is down.")

    for attempt in range(1, ATTEMPTS):
        with pytest.raises(StoreUnavailable):
            register(WatchedStore(memory, down), job.id, LIMITS)
        seen = read_job(memory, job.id)
        assert (seen.state, seen.attempts) == ("waiting", attempt)
    done = register(WatchedStore(memory, down), job.id, LIMITS)

    assert done.error is not None
    assert (done.error.code, done.error.message) == ("store_unavailable", "The store is down.")


def test_an_unexpected_failure_is_recorded_without_its_internals_and_raised(memory: Store) -> None:
    job = uploaded(memory)

    def broken(verb: str, key: str) -> None:
        if verb == "stream":
            raise ZeroDivisionError("secret")

    with pytest.raises(ZeroDivisionError):
        register(WatchedStore(memory, broken), job.id, LIMITS)

    done = read_job(memory, job.id)
    assert done.error is not None
    assert (done.state, done.error.code, "secret" in done.error.message) == ("failed", "internal", False)


def test_an_upload_that_cannot_be_removed_leaves_the_job_succeeded(memory: Store) -> None:
    job = uploaded(memory)

    def forbidden(verb: str, key: str) -> None:
        if verb == "delete":
            raise StoreUnavailable("Access denied.")

    assert register(WatchedStore(memory, forbidden), job.id, LIMITS).state == "succeeded"


def test_jobs_that_do_not_exist_or_are_no_registrations_are_refused(memory: Store) -> None:
    other = create(memory, "train", {})

    for job_id, error in (("0" * 32, JobNotFound), ("../models", InvalidName), (other.id, InvalidRequest)):
        with pytest.raises(error):
            register(memory, job_id, LIMITS)
    assert read_job(memory, other.id) == other


def test_an_upload_whose_weights_lie_beside_it_says_how_it_is_published(memory: Store) -> None:
    made = scale(2.0)
    held = made.graph.initializer[0]
    held.ClearField("raw_data")
    held.data_location = TensorProto.EXTERNAL
    held.external_data.add(key="location", value="model.onnx.data")
    job = uploaded(memory, made.SerializeToString())

    done = register(memory, job.id, LIMITS)

    assert done.state == "failed"
    assert done.error is not None
    assert "'model.onnx.data' (tensor 'factor') is missing" in done.error.message
    assert "push that by the CLI" in done.error.message
    assert "an upload is one file" in done.error.message
