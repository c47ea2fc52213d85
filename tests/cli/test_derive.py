"""`modelet derive` as a user types it, and the variants in what other verbs say and do."""

from pathlib import Path

import onnxruntime

from modelet.registry.keys import aliases_key
from modelet.store import open_store
from tests.cli.conftest import Run
from tests.publish.derivations import publish_old


def test_derive_adds_variants_once(modelet: Run, doubling: Path) -> None:
    store = open_store(f"file://{Path.cwd()}/.modelet/store")
    publish_old(store, doubling, "churn")

    first = modelet("derive", "churn")
    after = store.get(aliases_key("churn"))
    second = modelet("derive", "churn@1")

    runtime = f"onnxruntime {onnxruntime.__version__}"
    assert (first.status, second.status) == (0, 0)
    assert [line.split(", ")[0] for line in first.out.splitlines()] == [f"churn@1: {runtime}"] * 2
    assert second.out == "churn@1 has 2 variants; none was added\n"
    assert store.get(aliases_key("churn")) == after


def test_derive_speaks_json(modelet: Run, doubling: Path) -> None:
    publish_old(open_store(f"file://{Path.cwd()}/.modelet/store"), doubling, "churn")

    said = modelet("derive", "churn@1", "--json").json

    assert (said["model"], said["version"], said["without"]) == ("churn", 1, {})
    assert [variant["profile"] for variant in said["new"]] == ["batch", "latency"]
    assert said["variants"] == said["new"]
    assert modelet("derive", "churn@1", "--json").json == {**said, "new": []}


def test_derive_says_what_it_cannot_find(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    assert modelet("derive", "churn@7").status == 3
    assert modelet("derive", "nothing").status == 3
    assert modelet("derive", "Churn").status == 2


def test_a_copy_loads_as_fast_as_the_original(modelet: Run, doubling: Path, tmp_path: Path) -> None:
    pushed = modelet("push", doubling, "-n", "churn", "--json").json

    copied = modelet("copy", "churn@1", "--to", f"file://{tmp_path}/production", "--json").json

    assert len(pushed["variants"]) == 2
    assert copied["variants"] == pushed["variants"]
