"""Variants: the one that fits is loaded and answers as the canonical artifact does, which serves wherever none fits."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from modelet.manifest import LATENCY, Manifest
from modelet.manifest.variant import ARCHITECTURE
from modelet.messages import InferRequest
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.registry.changing import promote
from modelet.registry.keys import aliases_key, version_key
from modelet.session import RUNTIME
from modelet.store.base import Store
from modelet.store.memory import MemoryStore
from modelet.tensors.nested import JsonTensor
from tests.derived import large, ort_format, publish_variants
from tests.onnx_models import scale
from tests.published import publish_model, serve

MADE = scale(2.0)
VARIANT = ort_format(MADE)
LARGE = large()
LARGE_VARIANT = ort_format(LARGE)


@pytest.fixture
def memory() -> Store:
    return MemoryStore()


def answer(models: Models, ref: str = "live") -> Any:
    return models.predict(InferRequest("m", ref, {"x": JsonTensor([[1.0, 2.0]])})).outputs["y_pred"].tolist()


def loaded(models: Models, ref: str = "live") -> str:
    """The digest of what a session was made of."""
    session = models.session("m", ref)
    return session.variant.blob.sha256 if session.variant else session.manifest.artifact.sha256


@pytest.mark.parametrize("ref", ["live", "1"])
@pytest.mark.parametrize("promoted", [True, False])
def test_the_variant_that_fits_is_loaded(store: Store, ref: str, promoted: bool) -> None:
    manifest = publish_variants(store, "m", MADE, (VARIANT, {}))
    if promoted:
        promote(store, "m", 1)
    models = serve(store)

    assert answer(models, ref) == [[2.0, 4.0]]
    assert loaded(models, ref) == manifest.variants[0].blob.sha256


@pytest.mark.parametrize(
    "changed",
    [{"runtime": "0.0.1"}, {"architecture": "other"}, {"profile": "batch"}],
    ids=["runtime", "architecture", "profile"],
)
def test_a_variant_for_something_else_is_passed_over(memory: Store, changed: Mapping[str, Any]) -> None:
    manifest = publish_variants(memory, "m", MADE, (VARIANT, changed))
    models = serve(memory)

    assert answer(models) == [[2.0, 4.0]]
    assert loaded(models) == manifest.artifact.sha256


def test_a_deployment_chooses_its_profile(memory: Store) -> None:
    publish_variants(memory, "m", MADE, (VARIANT, {}), (VARIANT, {"profile": "batch", "options": {"prepacking": True}}))

    chosen = [serve(memory, profile=profile).session("m").variant for profile in ("latency", "batch")]

    assert [variant and (variant.profile, variant.prepacking) for variant in chosen] == [
        ("latency", False),
        ("batch", True),
    ]


@pytest.mark.parametrize("ref", ["live", "1"])
def test_a_variant_that_only_the_alias_knows_is_used(memory: Store, ref: str) -> None:
    manifest = publish_variants(memory, "m", MADE, (VARIANT, {}))
    promote(memory, "m", 1)
    forget_variants(memory, manifest)
    models = serve(memory)

    assert answer(models, ref) == [[2.0, 4.0]]
    assert loaded(models, ref) == manifest.variants[0].blob.sha256


def forget_variants(store: Store, manifest: Manifest) -> None:
    """Leave the manifest as if its variants had been derived later, and the alias leading to that."""
    held, bare = manifest.dump(), manifest._replace(variants=()).dump()
    found = store.get(aliases_key("m"))
    assert found is not None
    document = found.data.replace(sha256(held).hexdigest().encode(), sha256(bare).hexdigest().encode())
    store.put(version_key("m", 1), [bare])
    store.put(aliases_key("m"), [document])


def test_a_variant_that_the_runtime_refuses_is_replaced_by_the_canonical_artifact(
    memory: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = publish_variants(memory, "m", MADE, (b"no variant", {}))
    models = serve(memory, log=True)

    assert answer(models) == [[2.0, 4.0]]
    assert loaded(models) == manifest.artifact.sha256
    assert manifest.variants[0].blob.sha256 in capsys.readouterr().out


@pytest.mark.parametrize("large", [False, True], ids=["small", "large"])
@pytest.mark.parametrize("damage", ["missing", "damaged"])
def test_a_variant_whose_blob_is_missing_or_damaged_is_replaced_by_the_canonical_artifact(
    memory: Store, capsys: pytest.CaptureFixture[str], damage: str, large: bool
) -> None:
    made, data = (LARGE, LARGE_VARIANT) if large else (MADE, VARIANT)
    manifest = publish_variants(memory, "m", made, (data, {}))
    digest = manifest.variants[0].blob.sha256
    memory.delete(blob_key("m", digest))
    if damage == "damaged":
        memory.put(blob_key("m", digest), [bytes(len(data))])

    assert loaded(serve(memory, log=True)) == manifest.artifact.sha256
    assert f"The variant sha256:{digest} is not used" in capsys.readouterr().out


def test_a_large_variant_is_mapped_and_answers_like_its_model(store: Store) -> None:
    manifest = publish_variants(store, "m", LARGE, (LARGE_VARIANT, {}))
    models = serve(store)
    row = [float(number) for number in range(2048)]

    answered = models.predict(InferRequest("m", "live", {"x": JsonTensor([row])})).outputs["y"].tolist()

    assert answered == [[2 * number for number in row]]
    assert loaded(models) == manifest.variants[0].blob.sha256


def test_a_record_of_other_ranges_leads_to_the_canonical_artifact(
    memory: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    half = 4 * 1024 * 1024
    digests = ("0" * 64,) * -(-len(LARGE_VARIANT) // half)
    manifest = publish_variants(memory, "m", LARGE, (LARGE_VARIANT, {"range_bytes": half, "ranges": digests}))

    assert loaded(serve(memory, log=True)) == manifest.artifact.sha256
    assert f"ranges of {half} bytes" in capsys.readouterr().out


def test_a_manifest_without_variants_is_served_as_before(memory: Store) -> None:
    manifest = publish_model(memory, "m", MADE)

    assert loaded(serve(memory)) == manifest.artifact.sha256


def test_what_fits_is_what_this_process_runs_on() -> None:
    variant = publish_variants(MemoryStore(), "m", MADE, (VARIANT, {})).variants[0]

    assert variant.fits == (RUNTIME, ARCHITECTURE, LATENCY)
