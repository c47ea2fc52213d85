"""Models go from the store into the memory that the runtime opens piece by piece, never as a whole in Python."""

import tracemalloc
from pathlib import Path

import pytest

from modelet.store import open_store
from modelet.store.base import Store
from tests.derived import large, ort_format, publish_variants
from tests.published import publish_model, serve

WIDTH = 4096
WEIGHTS = 4 * WIDTH**2


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    return open_store(f"file://{tmp_path}/store")


@pytest.mark.parametrize("form", ["canonical", "variant"])
def test_no_copy_of_a_model_is_made_on_its_way_to_the_runtime(folder: Store, form: str) -> None:
    made = large(WIDTH)
    if form == "variant":
        publish_variants(folder, "m", made, (ort_format(made), {}))
    else:
        publish_model(folder, "m", made)
    models = serve(folder)

    tracemalloc.start()
    session = models.session("m")
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (session.variant is None) == (form == "canonical")
    assert peak < WEIGHTS / 2, "a whole copy, or every range of it at once"
    assert held < WEIGHTS / 64
