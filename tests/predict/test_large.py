"""Models too large for one file: the variant is read as any other; without it both files are, each verified whole."""

import re
from typing import Any

import numpy as np
import pytest

from modelet.config import MIB
from modelet.errors import CorruptObject, OutOfMemory
from modelet.manifest import Artifact, Manifest
from modelet.predict import Models
from modelet.publish import push
from modelet.registry.blobs import blob_key, read_blob
from modelet.registry.changing import promote
from modelet.store.base import Store
from modelet.store.memory import MemoryStore
from tests.large import LIMITS, WIDTH, layered, without_variants
from tests.onnx_models import save
from tests.published import serve
from tests.watched_store import WatchedStore


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Manifest]:
    store = MemoryStore()
    manifest = push(store, save(layered(), tmp_path_factory.mktemp("large") / "m.onnx"), "m", limits=LIMITS)
    promote(store, "m", 1)
    return store, manifest


def weights_of(manifest: Manifest) -> Artifact:
    assert manifest.weights is not None
    return manifest.weights


def answer(models: Models, name: str = "m") -> Any:
    return models.session(name).run({"x": np.ones((1, WIDTH), np.float32)}, ["y"])["y"]


def test_a_cold_start_reads_the_alias_and_then_the_manifest_beside_one_blob(pushed: tuple[Store, Manifest]) -> None:
    store, manifest = pushed
    calls: list[str] = []

    answer(serve(WatchedStore(store, lambda verb, key: calls.append(f"{verb} {key}"))))

    (latency,) = [variant for variant in manifest.variants if variant.profile == "latency"]
    blobs = {call for call in calls if "/blobs/" in call}
    assert blobs == {f"stream {blob_key('m', latency.blob.sha256)}"}
    assert len(calls) <= 4  # the alias, version 1 beside it, its manifest, the blob


def test_without_a_variant_both_files_are_mapped(pushed: tuple[Store, Manifest]) -> None:
    store, manifest = pushed
    without_variants(store, manifest, "old")
    models = serve(store)

    assert (answer(models, "old") == 3).all()
    assert models.session("old").variant is None
    assert models.session("old").resident_bytes >= manifest.size


def test_a_variant_that_is_none_leads_to_both_files(pushed: tuple[Store, Manifest], capsys: Any) -> None:
    store, manifest = pushed
    bare = without_variants(store, manifest, "odd")
    odd = manifest.variants[1]
    data = read_blob(store, "m", manifest.artifact)
    blob = odd.blob._replace(sha256=manifest.artifact.sha256, size=len(data))  # whose bytes end in no footer
    target = bare._replace(variants=(odd._replace(blob=blob),))
    store.put("models/odd/versions/1.json", [target.dump()])

    models = serve(store, log=True)

    assert (answer(models, "odd") == 3).all()
    assert "footer" in capsys.readouterr().out


@pytest.mark.parametrize("how", ["missing", "truncated", "swapped"])
def test_damaged_weights_are_named_by_their_digest(pushed: tuple[Store, Manifest], how: str) -> None:
    store, manifest = pushed
    name, key = f"damaged-{how}", weights_of(manifest).sha256
    without_variants(store, manifest, name)
    data = read_blob(store, "m", weights_of(manifest))
    store.delete(blob_key(name, key))
    if how != "missing":
        store.put(blob_key(name, key), [data[:-1] if how == "truncated" else bytes(len(data))])

    with pytest.raises(CorruptObject, match=re.escape(key)):
        serve(store).session(name)


def test_what_cannot_fit_is_refused_before_the_weights_are_fetched(pushed: tuple[Store, Manifest]) -> None:
    store, manifest = pushed
    bare = without_variants(store, manifest, "huge")
    huge = bare._replace(limits={"resident_bytes": 3000.0 * MIB})
    store.put("models/huge/versions/1.json", [huge.dump()])
    calls: list[str] = []

    with pytest.raises(OutOfMemory, match="3000 MB"):
        serve(WatchedStore(store, lambda _, key: calls.append(key))).session("huge")
    assert blob_key("huge", weights_of(manifest).sha256) not in calls
