"""Variants as a push derives them: of every model that can have one, compared with the canonical model, measured."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper

from modelet.manifest import BATCH, LATENCY, PROFILES, Manifest
from modelet.manifest.variant import ARCHITECTURE, RANGE_BYTES
from modelet.publish import Limits, push
from modelet.publish.child import DERIVED
from modelet.publish.deriving import NotDerivedError, compared, run
from modelet.registry.blobs import read_blob
from modelet.registry.changing import promote
from modelet.registry.reading import current_aliases
from modelet.registry.variants import read_record
from modelet.store import open_store
from modelet.store.base import Store
from tests.derived import large, ort_format
from tests.onnx_models import counting, model, save, scale, tensor
from tests.publish.derivations import many, rejecting
from tests.published import declared_signature, serve
from tests.registry.drafts import snapshot


@pytest.fixture
def memory(tmp_path: Path) -> Store:
    return open_store(f"memory://{tmp_path}")


def pushed(store: Store, tmp_path: Path, made: ModelProto, limits: Limits | None = None) -> Manifest:
    return push(store, save(made, tmp_path / "model.onnx"), "m", limits=limits)


def test_a_push_publishes_a_variant_for_each_profile(store: Store, tmp_path: Path) -> None:
    manifest = pushed(store, tmp_path, scale(2))

    fits = [(onnxruntime.__version__, ARCHITECTURE, profile) for profile in sorted(PROFILES)]
    assert [variant.fits for variant in manifest.variants] == fits
    assert [variant.prepacking for variant in manifest.variants] == [True, False]
    assert manifest.parity["variants"] == dict.fromkeys(PROFILES, 0.0)
    assert "without_variant" not in manifest.parity
    for variant in manifest.variants:
        record = read_record(store, "m", manifest.artifact.sha256, variant)
        assert read_blob(store, "m", variant.blob)[4:8] == b"ORTM"
        assert (record.artifact, record.format, record.range_bytes) == (manifest.artifact, "ort", RANGE_BYTES)
        assert manifest.limits[f"{variant.profile}_resident_bytes"] == record.measured["resident_bytes"]
        assert record.measured["resident_bytes"] >= variant.blob.size


def test_a_variant_is_optimised_as_far_as_any_cpu_can_run_it(tmp_path: Path) -> None:
    """EXTENDED makes one node of these two; BASIC leaves them, and ALL would lay the weights out for this CPU."""
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["convolved"]),
        helper.make_node("Relu", ["convolved"], ["rectified"]),
        helper.make_node("Add", ["rectified", "rectified"], ["y"]),
    ]
    weights = {"kernel": np.ones((16, 16, 3, 3), np.float32)}
    made = model(nodes, [tensor("x", ("N", 16, 8, 8))], [tensor("y", ("N", 16, 6, 6))], weights)
    path = tmp_path / "model.onnx"
    save(made, path)

    report = next(run({"signature": declared_signature(made).dump()}, path))

    blob = (tmp_path / DERIVED).read_bytes()
    assert report["format"] == "ort"
    assert (b"FusedConv" in blob, b"ReorderInput" in blob) == (True, False)


def test_profiles_that_load_the_same_bytes_share_a_blob_and_have_a_record_each(memory: Store, tmp_path: Path) -> None:
    manifest = pushed(memory, tmp_path, scale(2))

    batch, latency = manifest.variants
    assert latency.blob == batch.blob
    assert latency.record != batch.record
    assert len(manifest.needs()) == 2


def test_what_is_measured_is_recorded_beside_what_the_canonical_model_took(memory: Store, tmp_path: Path) -> None:
    manifest = pushed(memory, tmp_path, scale(2))

    measured = read_record(memory, "m", manifest.artifact.sha256, manifest.variants[0]).measured
    times = {"load_ms", "first_run_ms", "run_ms", "batch_run_ms"}
    assert set(measured) == times | {f"canonical_{name}" for name in times} | {"batch_rows", "resident_bytes"}
    assert all(value > 0 for value in measured.values())
    assert 2 <= measured["batch_rows"] <= 64


def test_a_variant_is_the_same_bytes_each_time(memory: Store, tmp_path: Path) -> None:
    first, second = pushed(memory, tmp_path, many()), pushed(memory, tmp_path, many())
    elsewhere = pushed(open_store(f"memory://{tmp_path}/other"), tmp_path, many())

    assert second.variants == first.variants
    assert [variant.blob for variant in elsewhere.variants] == [variant.blob for variant in first.variants]


def test_a_large_variant_has_a_digest_for_each_range(memory: Store, tmp_path: Path) -> None:
    manifest = pushed(memory, tmp_path, large())

    (variant, *_) = manifest.variants
    record = read_record(memory, "m", manifest.artifact.sha256, variant)
    assert len(record.ranges) == 3
    assert variant.blob.size > 2 * RANGE_BYTES


@pytest.mark.parametrize("profile", [LATENCY, BATCH])
def test_a_deployment_serves_the_variant_of_its_profile(memory: Store, tmp_path: Path, profile: str) -> None:
    manifest = pushed(memory, tmp_path, scale(2))

    session = serve(memory, profile=profile).session("m")

    assert session.variant in manifest.variants
    assert (session.variant and session.variant.profile) == profile
    answer = session.run({"x": np.ones((1, 2), np.float32)}, ["y_pred"])
    assert answer["y_pred"].tolist() == [[2.0, 2.0]]


def test_the_alias_of_a_promoted_version_names_its_variants(store: Store, tmp_path: Path) -> None:
    pushed(store, tmp_path, scale(2))
    second = pushed(store, tmp_path, scale(3))

    promote(store, "m", 2)

    (target,) = current_aliases(store, "m").aliases.alias("live").targets
    assert target.variants == second.variants


def slow() -> ModelProto:
    """A model that loads at once, and then runs for ages."""
    made = counting()
    made.graph.node.insert(0, helper.make_node("Add", ["asked", "many"], ["rounds"]))
    made.graph.initializer.append(helper.make_tensor("many", TensorProto.INT64, (), [10**15]))
    made.graph.input[0].name = "asked"
    return made


WITHOUT = {
    "accepts no made-up input": rejecting,
    "no made-up input": slow,
}


@pytest.mark.parametrize("reason", WITHOUT)
def test_what_cannot_be_shown_to_answer_the_same_is_published_without(
    memory: Store, tmp_path: Path, reason: str
) -> None:
    manifest = pushed(memory, tmp_path, WITHOUT[reason]())

    assert manifest.variants == ()
    assert manifest.parity["without_variant"].keys() == set(PROFILES)
    assert all(reason in said for said in manifest.parity["without_variant"].values())
    assert set(snapshot(memory)) == {f"models/m/blobs/{manifest.artifact.sha256}", "models/m/versions/1.json"}
    assert serve(memory).session("m").variant is None


def test_a_derived_file_that_answers_otherwise_is_refused_with_its_difference(tmp_path: Path) -> None:
    canonical = save(scale(2), tmp_path / "model.onnx")
    other = tmp_path / "other.ort"
    other.write_bytes(ort_format(scale(3)))

    with pytest.raises(NotDerivedError, match=r"^its outputs differ from the canonical model's, by up to (0\.9|1)"):
        compared(canonical, other, declared_signature(scale(2)))


def test_a_model_that_takes_no_batches_is_measured_by_single_rows(memory: Store, tmp_path: Path) -> None:
    node = helper.make_node("Add", ["x", "x"], ["y"])

    manifest = pushed(memory, tmp_path, model([node], [tensor("x", (3, 2))], [tensor("y", (3, 2))]))

    measured = read_record(memory, "m", manifest.artifact.sha256, manifest.variants[0]).measured
    assert "batch_run_ms" not in measured
    assert measured["batch_rows"] == 0
