"""Models too large for one file: their weights lie beside the graph, in a blob of their own, on every road there is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper

from modelet.errors import RefusedModel
from modelet.manifest import PROFILES, Manifest
from modelet.manifest.document import WEIGHTS_FILE
from modelet.publish import push
from modelet.publish.derive import derive
from modelet.registry.blobs import read_blob
from modelet.registry.collecting import find_garbage
from modelet.registry.copying import copy, pull
from modelet.registry.reading import read_manifest
from modelet.registry.variants import read_record
from modelet.store import open_store
from modelet.store.base import Store
from tests.large import LIMITS, WIDTH, layered, without_variants
from tests.onnx_models import save
from tests.published import serve

ROW = np.arange(WIDTH, dtype=np.float32)[np.newaxis]


@pytest.fixture(scope="module")
def store() -> Store:
    return open_store("memory://large")


@pytest.fixture(scope="module")
def manifest(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return push(store, save(layered(), tmp_path_factory.mktemp("large") / "mine.onnx"), "m", limits=LIMITS)


def answers(store: Store, name: str = "m", **settings: Any) -> bool:
    answer = serve(store, **settings).session(name).run({"x": ROW}, ["y"])["y"]
    return bool(np.array_equal(answer.reshape(1, WIDTH), ROW * 2 + 1))


def initialisers(store: Store, manifest: Manifest) -> dict[str, dict[str, str]]:
    """What each external initialiser of the canonical graph says of its place; the others are absent."""
    graph = ModelProto.FromString(read_blob(store, "m", manifest.artifact)).graph
    external = [held for held in graph.initializer if held.data_location == TensorProto.EXTERNAL]
    assert not any(held.raw_data for held in external)
    return {held.name: {entry.key: entry.value for entry in held.external_data} for held in external}


def test_the_manifest_names_the_weights_as_a_blob(store: Store, manifest: Manifest) -> None:
    assert manifest == read_manifest(store, "m", 1)
    assert manifest.weights is not None
    assert manifest.weights.sha256 in manifest.named()
    assert manifest.size == manifest.artifact.size + manifest.weights.size
    assert manifest.artifact.size < 2000
    assert manifest.limits["resident_bytes"] >= manifest.size


def test_each_weight_has_a_page_of_its_own_and_little_ones_stay_in_the_graph(store: Store, manifest: Manifest) -> None:
    size = WIDTH * WIDTH * 4
    places = {"one": (0, size), "scale": (size, size), "bias": (2 * size, WIDTH * 4)}

    assert initialisers(store, manifest) == {
        name: {"location": WEIGHTS_FILE, "offset": str(offset), "length": str(length)}
        for name, (offset, length) in places.items()
    }
    assert manifest.weights is not None
    assert read_blob(store, "m", manifest.weights)[2 * size :] == np.ones(WIDTH, np.float32).tobytes()


def test_a_variant_is_one_blob_that_ends_with_the_optimised_graph(store: Store, manifest: Manifest) -> None:
    assert [variant.profile for variant in manifest.variants] == sorted(PROFILES)
    for variant in manifest.variants:
        record = read_record(store, "m", manifest.artifact.sha256, variant)
        data = read_blob(store, "m", variant.blob)
        length = int.from_bytes(data[-16:-8], "little")
        graph = ModelProto.FromString(data[-16 - length : -16]).graph
        assert record.format == "mapped"
        assert record.parity < 1e-3
        assert manifest.limits[f"{variant.profile}_resident_bytes"] >= variant.blob.size
        assert "Transpose" not in [node.op_type for node in graph.node]
        assert all(
            int(entry.value) % 4096 == 0
            for held in graph.initializer
            for entry in held.external_data
            if entry.key == "offset"
        )


@pytest.mark.parametrize("profile", PROFILES)
def test_a_deployment_serves_the_variant_of_its_profile(store: Store, manifest: Manifest, profile: str) -> None:
    session = serve(store, profile=profile).session("m")

    assert session.variant in manifest.variants
    assert answers(store, profile=profile)


def test_what_was_pulled_is_pushed_as_the_same(store: Store, manifest: Manifest, tmp_path: Path) -> None:
    moved: list[int] = []

    pull(store, manifest, tmp_path / "other.onnx", moved.append)
    again = push(store, tmp_path / "other.onnx", "again", limits=LIMITS)

    assert sorted(path.name for path in tmp_path.iterdir()) == [WEIGHTS_FILE, "other.onnx"]
    assert sum(moved) == manifest.size
    assert (again.artifact, again.blobs) == (manifest.artifact, manifest.blobs)
    assert {variant.blob for variant in again.variants} == {variant.blob for variant in manifest.variants}


def test_other_weights_in_the_same_graph_are_another_artifact(store: Store, manifest: Manifest, tmp_path: Path) -> None:
    other = push(open_store("memory://other"), save(layered(3), tmp_path / "m.onnx"), "m", limits=LIMITS)

    assert other.weights != manifest.weights
    assert other.artifact.size == manifest.artifact.size
    assert other.artifact != manifest.artifact


def test_a_model_that_fits_stays_one_file(tmp_path: Path) -> None:
    path = save(layered(), tmp_path / "m.onnx")
    limits = LIMITS.__class__(one_file_bytes=path.stat().st_size)

    manifest = push(open_store("memory://fits"), path, "m", limits=limits)

    assert manifest.weights is None
    assert manifest.artifact.size == manifest.size == path.stat().st_size


def test_nothing_of_it_is_garbage_and_a_copy_has_all_of_it(store: Store, manifest: Manifest) -> None:
    target = open_store("memory://target")

    copied = copy(store, "m", 1, target)

    assert find_garbage(store, 0) == find_garbage(target, 0) == []
    assert copied.named() == manifest.named()
    assert answers(target)


def test_derive_adds_the_variants_of_this_runtime(store: Store, manifest: Manifest) -> None:
    without_variants(store, manifest, "old")

    new = derive(store, "old", 1, LIMITS).new

    assert {variant.blob for variant in new} == {variant.blob for variant in manifest.variants}
    assert answers(store, "old")
    assert serve(store).session("old").variant in new


def outside(path: Path, *, length: int = WIDTH * 4, offset: int = 0, location: str = "weights.bin") -> Path:
    """`y` = `x` + `w`, where the data of `w` lies in a file."""
    held = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[WIDTH], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        held.external_data.add(key=key, value=str(value))
    made = layered()
    made.graph.initializer.remove(next(tensor for tensor in made.graph.initializer if tensor.name == "bias"))
    made.graph.initializer.append(held)
    made.graph.node[3].CopyFrom(helper.make_node("Add", ["b", "w"], ["c"]))
    (path / "weights.bin").write_bytes(np.ones(2 * WIDTH, np.float32).tobytes())
    (path / "link").symlink_to(path / "weights.bin")
    return save(made, path / "m.onnx")


def test_weights_inside_and_outside_are_laid_into_one_file(tmp_path: Path) -> None:
    store = open_store("memory://mixed")

    manifest = push(store, outside(tmp_path, offset=WIDTH * 4), "m", limits=LIMITS)

    assert {place["location"] for place in initialisers(store, manifest).values()} == {WEIGHTS_FILE}
    assert answers(store)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"location": "link"}, "'link' (tensor 'w') is a symbolic link"),
        ({"location": "../weights.bin"}, "only a plain file beside the model"),
        ({"location": "/etc/hostname"}, "only a plain file beside the model"),
        ({"location": "nothing"}, "'nothing' (tensor 'w') is missing"),
        ({"offset": WIDTH * 8}, f"wants bytes 2048 to {2048 + WIDTH * 4} of 'weights.bin', which has 2048"),
        ({"length": WIDTH * 8}, "has 2048 bytes of external data, but its shape and datatype take 1024"),
    ],
    ids=repr,
)
def test_hostile_external_data_is_refused(said: dict[str, Any], words: str, tmp_path: Path) -> None:
    path, store = outside(tmp_path, **said), open_store("memory://hostile")

    with pytest.raises(RefusedModel) as refused:
        push(store, path, "m", limits=LIMITS)

    assert words in refused.value.message
    assert list(store.scan("")) == []
