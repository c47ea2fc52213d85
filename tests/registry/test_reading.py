"""Reading what others may have touched: foreign objects are passed over, and a changed manifest is not believed."""

from pathlib import Path

import pytest

from modelet.errors import CorruptObject, InvalidRequest
from modelet.registry.changing import promote, split
from modelet.registry.copying import copy
from modelet.registry.keys import version_key
from modelet.registry.reading import find_manifest, list_versions
from modelet.store import open_store
from modelet.store.base import Store
from tests.onnx_models import scale
from tests.published import publish_model

FOREIGN = ["²", "5", "sub/20.json", "9999999999.json", "0.json", "01.json", "a.json", "1.json.bak"]


def test_only_manifests_are_versions(store: Store) -> None:
    publish_model(store, "m", scale(2))
    for name in FOREIGN:
        store.put(f"models/m/versions/{name}", [b"{}"])

    assert list_versions(store, "m") == [1]


@pytest.mark.parametrize("ref", ["live", "2"])
def test_a_manifest_that_was_changed_is_not_believed(tmp_path: Path, ref: str) -> None:
    store, elsewhere = (open_store(f"memory://changed/{tmp_path.name}/{name}") for name in ("here", "there"))
    publish_model(store, "m", scale(2))
    publish_model(store, "m", scale(3))
    promote(store, "m", 2)
    first, second = (store.get(version_key("m", number)) for number in (1, 2))
    assert first is not None
    assert second is not None
    store.put(version_key("m", 2), [second.data.replace(b'"description": null', b'"description": "another"')])

    with pytest.raises(CorruptObject, match=r"versions/2\.json .* must have sha256:"):
        find_manifest(store, "m", ref)
    with pytest.raises(CorruptObject, match=r"versions/2\.json .* must have sha256:"):
        copy(store, "m", 2, elsewhere)
    assert list(elsewhere.scan("")) == []


@pytest.mark.parametrize("weights", [{1: 1e308, 2: 1e308}, {}, {1: 0.0}, {1: -1.0, 2: 2.0}, {1: float("nan")}])
def test_weights_that_have_no_shares_are_refused(store: Store, weights: dict[int, float]) -> None:
    publish_model(store, "m", scale(2))
    publish_model(store, "m", scale(3))

    with pytest.raises(InvalidRequest, match="A split needs"):
        split(store, "m", weights)
