"""Pushing: what the manifest says, what becomes live, what is reported on the way."""

from pathlib import Path

import pytest

import modelet
from modelet.errors import InvalidName
from modelet.publish import Draft, push
from modelet.registry.reading import find_version, read_manifest
from modelet.store.base import Store
from tests.onnx_models import save, scale


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = scale(2)
    made.doc_string, made.producer_name, made.producer_version = "Doubles.", "hand", "1.2"
    return save(made, tmp_path / "model.onnx")


def test_the_manifest_says_what_the_model_is(store: Store, path: Path) -> None:
    manifest = push(store, path, "m")

    assert manifest == read_manifest(store, "m", 1)
    assert manifest.description == "Doubles."
    assert manifest.opsets == {"ai.onnx": 21}
    assert manifest.lineage == {"modelet": modelet.__version__, "producer": "hand 1.2"}
    assert manifest.artifact.size == path.stat().st_size


def test_the_limits_are_those_of_serving_and_not_of_this_process(store: Store, path: Path) -> None:
    ballast = bytearray(b"x" * 400_000_000)

    limits = push(store, path, "m").limits

    assert len(ballast) == 400_000_000
    assert 0 < limits["load_ms"] < 10_000
    assert path.stat().st_size < limits["resident_bytes"] < limits["peak_bytes"] < 300_000_000


def test_the_draft_wins_over_the_file(store: Store, path: Path) -> None:
    draft = Draft("Mine.", "MIT", {"y_pred": ["a", "b"]}, {"accuracy": 0.9}, {"seed": 1}, {"largest": 0.0})

    manifest = push(store, path, "m", draft)

    assert (manifest.description, manifest.licence, manifest.labels) == ("Mine.", "MIT", {"y_pred": ["a", "b"]})
    assert (manifest.metrics, manifest.parity["largest"]) == ({"accuracy": 0.9}, 0.0)
    assert manifest.lineage == {"modelet": modelet.__version__, "producer": "hand 1.2", "seed": 1}


@pytest.mark.parametrize("promoted", [False, True])
def test_the_first_version_is_live_by_itself(store: Store, path: Path, promoted: bool) -> None:
    push(store, path, "m", promoted=promoted)

    assert find_version(store, "m", "live") == 1


@pytest.mark.parametrize(("promoted", "live"), [(False, 1), (True, 2)])
def test_a_later_version_is_live_when_promoted(store: Store, path: Path, promoted: bool, live: int) -> None:
    push(store, path, "m")

    assert push(store, path, "m", promoted=promoted).version == 2
    assert find_version(store, "m", "live") == live


class Told:
    """What was said of the bytes on their way."""

    def __init__(self) -> None:
        self.expected = 0
        self.moved = 0

    def expect(self, total: int) -> None:
        self.expected = total

    def advance(self, count: int) -> None:
        self.moved += count


def test_progress_adds_up_to_all_blobs_even_where_the_store_has_them(store: Store, path: Path) -> None:
    first, second = Told(), Told()

    size = sum(blob.size for blob in push(store, path, "m", transfer=first).needs())
    push(store, path, "m", transfer=second)

    assert size > path.stat().st_size
    assert (first.expected, first.moved) == (second.expected, second.moved) == (size, size)


def test_a_long_description_is_cut(store: Store, tmp_path: Path) -> None:
    made = scale(2)
    made.doc_string = "d" * 1_000_000

    assert push(store, save(made, tmp_path / "model.onnx"), "m").description == "d" * 2000


def test_a_bad_name_is_refused_before_the_file_is_looked_at(store: Store) -> None:
    with pytest.raises(InvalidName):
        push(store, Path("nothing.onnx"), "../m")


def test_the_same_file_gives_the_same_artifact(store: Store, path: Path) -> None:
    assert push(store, path, "m").artifact == push(store, path, "other").artifact
