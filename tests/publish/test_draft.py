"""What an author says is checked before anything is written; and a push that stops half-way says how far it came."""

from collections.abc import Callable
from pathlib import Path

import pytest
from onnx import ModelProto, helper

from modelet.errors import CorruptObject, InvalidRequest, RefusedModel, Unavailable
from modelet.publish import Draft, Limits, push
from modelet.publish.step import _failure
from modelet.registry.keys import aliases_key
from modelet.registry.reading import list_versions
from modelet.store import open_store
from tests.onnx_models import model, save, scale, tensor

MEMORY = "memory://drafts/{}"


def written(store_url: str) -> list[str]:
    return [entry.key for entry in open_store(store_url).scan("")]


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ({"y": ["a", "b"]}, "labels for output 'y', but the model's outputs are 'y_pred'"),
        ({"y_pred": ["a"]}, "'y_pred' has 2 classes, but there are 1 labels"),
    ],
)
def test_labels_that_cannot_be_are_refused(tmp_path: Path, labels: dict[str, list[str]], problem: str) -> None:
    url = MEMORY.format(tmp_path.name)

    with pytest.raises(InvalidRequest, match=problem):
        push(open_store(url), save(scale(2), tmp_path / "m.onnx"), "m", Draft(labels=dict(labels)))
    assert written(url) == []


def test_labels_that_fit_are_kept(tmp_path: Path) -> None:
    store = open_store(MEMORY.format(tmp_path.name))

    manifest = push(store, save(scale(2), tmp_path / "m.onnx"), "m", Draft(labels={"y_pred": ["a", "b"]}))

    assert manifest.labels == {"y_pred": ["a", "b"]}


@pytest.mark.parametrize(
    ("columns", "problem"), [(("a",), "takes 2 columns, but 1 are named"), (("a", "a"), "'a' is named twice")]
)
def test_columns_that_cannot_be_are_refused(tmp_path: Path, columns: tuple[str, ...], problem: str) -> None:
    url = MEMORY.format(tmp_path.name)

    with pytest.raises(InvalidRequest, match=problem):
        push(open_store(url), save(scale(2), tmp_path / "m.onnx"), "m", Draft(columns=columns))
    assert written(url) == []


@pytest.mark.parametrize("make", [lambda text: Draft(description=text), lambda text: Draft(licence=text)])
def test_a_manifest_has_no_room_for_a_book(make: Callable[[str], Draft]) -> None:
    make("x" * 2000)

    with pytest.raises(InvalidRequest, match="at most 2000 characters, and this one 2001"):
        make("x" * 2001)


def test_a_promotion_that_fails_names_the_version_that_was_published(tmp_path: Path) -> None:
    store, path = open_store(MEMORY.format(tmp_path.name)), save(scale(2), tmp_path / "m.onnx")
    push(store, path, "m")
    store.put(aliases_key("m"), [b"{"])

    with pytest.raises(CorruptObject, match=r"Version 2 of model 'm' is published, but it was not promoted: .*JSON"):
        push(store, path, "m", promoted=True)
    assert list_versions(store, "m") == [1, 2]


def twice(inputs: list[str], outputs: list[str]) -> ModelProto:
    return model(
        [helper.make_node("Identity", ["x"], ["y"])], [tensor(n) for n in inputs], [tensor(n) for n in outputs]
    )


@pytest.mark.parametrize(
    ("made", "problem"), [(twice(["x"], ["y", "y"]), "output 'y'"), (twice(["x", "x"], ["y"]), "input 'x'")]
)
def test_a_name_that_is_listed_twice_is_refused(tmp_path: Path, made: ModelProto, problem: str) -> None:
    url = MEMORY.format(tmp_path.name)

    with pytest.raises(RefusedModel, match=f"{problem} is listed twice"):
        push(open_store(url), save(made, tmp_path / "m.onnx"), "m")
    assert written(url) == []


def test_a_full_disk_is_no_fault_of_the_model() -> None:
    with pytest.raises(Unavailable, match="is full"):
        _failure(1, "Traceback …\nOSError: [Errno 28] No space left on device", Limits())
