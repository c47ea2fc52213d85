"""Publishing, promoting, splitting, rolling back, taking away: what a user types, and what comes of it."""

import hashlib
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.onnx_models import save, scale


def test_push_then_predict_works_at_once(modelet: Run, doubling: Path) -> None:
    pushed = modelet("push", doubling, "--name", "churn")

    assert (pushed.status, pushed.err) == (0, "")
    assert "churn version 1: x FP32 [-1, 2] -> y_pred FP32 [-1, 2]" in pushed.out
    assert pushed.out.rstrip().endswith("; live")
    assert modelet("predict", "churn", '{"x": [[1, 2.5]]}').json == {"y_pred": [[2.0, 5.0]]}


def test_the_store_is_a_folder_here_until_another_is_chosen(modelet: Run, doubling: Path, tmp_path: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    assert Path(".modelet/store/models/churn/versions/1.json").is_file()

    modelet("push", doubling, "-n", "churn", "--store", f"file://{tmp_path}/elsewhere")
    assert (tmp_path / "elsewhere/models/churn/versions/1.json").is_file()


def test_a_later_version_waits_to_be_promoted(modelet: Run, doubling: Path, tripling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    second = modelet("push", tripling, "-n", "churn")

    assert "waits: modelet promote churn 2" in second.out
    assert modelet("predict", "churn", '{"x": [1, 1]}').json == {"y_pred": [2.0, 2.0]}
    assert "churn: live is version 2" in modelet("promote", "churn", "2").out
    assert modelet("predict", "churn", '{"x": [1, 1]}').json == {"y_pred": [3.0, 3.0]}
    assert "churn: live is version 1" in modelet("rollback", "churn").out
    assert modelet("predict", "churn", '{"x": [1, 1]}').json == {"y_pred": [2.0, 2.0]}
    assert modelet("predict", "churn@2", '{"x": [1, 1]}').json == {"y_pred": [3.0, 3.0]}


def test_push_promote_makes_it_live_at_once(modelet: Run, doubling: Path, tripling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    second = modelet("push", tripling, "-n", "churn", "--promote", "--json").json

    assert (second["version"], second["live"]) == (2, True)
    assert modelet("predict", "churn", '{"x": [1, 1]}', "--json").json == {
        "model": "churn",
        "version": 2,
        "outputs": {"y_pred": [3.0, 3.0]},
    }


def test_push_keeps_what_the_author_says(modelet: Run, doubling: Path, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("stays\nleaves\n", encoding="utf-8")

    modelet(
        *("push", doubling, "-n", "churn", "--description", "Who leaves", "--licence", "MIT"),
        *("--labels", f"y_pred={tmp_path}/labels.txt"),
    )
    described = modelet("models", "describe", "churn", "--json").json

    assert described["manifest"]["description"] == "Who leaves"
    assert described["manifest"]["licence"] == "MIT"
    assert described["manifest"]["labels"] == {"y_pred": ["stays", "leaves"]}


def test_push_names_the_columns_of_a_row(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn", "--columns", 'age,"height, cm"')
    described = modelet("models", "describe", "churn", "--json").json
    refused = modelet("push", doubling, "-n", "churn", "--columns", "age")

    assert described["manifest"]["columns"] == [
        {"name": "age", "datatype": "FP32"},
        {"name": "height, cm", "datatype": "FP32"},
    ]
    assert (refused.status, refused.out) == (2, "")
    assert "The model takes 2 columns, but 1 are named." in refused.err


def test_a_split_shares_the_traffic(modelet: Run, doubling: Path, tripling: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    modelet("push", tripling, "-n", "churn")

    done = modelet("promote", "churn", "--split", "1=90,2=10", "--json")

    assert done.json == {
        "model": "churn",
        "alias": "live",
        "targets": [{"version": 1, "weight": 0.9}, {"version": 2, "weight": 0.1}],
    }
    assert "1 (90.0%), 2 (10.0%)" in modelet("models", "describe", "churn").out


@pytest.mark.parametrize("arguments", [["2", "--split", "1=1"], []])
def test_promote_takes_a_version_or_a_split(modelet: Run, doubling: Path, arguments: list[str]) -> None:
    modelet("push", doubling, "-n", "churn")

    done = modelet("promote", "churn", *arguments)

    assert done.status == 2
    assert "modelet promote churn 2" in done.err


@pytest.mark.parametrize("split", ["1", "1=x", "1=-1", "x=1", "1=1,1=2", "", "1=nan", "1=0", "1=inf"])
def test_a_split_that_cannot_be_is_refused(modelet: Run, doubling: Path, split: str) -> None:
    modelet("push", doubling, "-n", "churn")

    done = modelet("promote", "churn", "--split", split)

    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_models_are_listed(modelet: Run, doubling: Path) -> None:
    assert modelet("models", "list", "--json").json == []
    modelet("push", doubling, "-n", "churn")
    modelet("push", doubling, "-n", "churn")
    modelet("push", doubling, "-n", "other")

    listed = modelet("models", "list", "--json").json

    assert [(model["model"], model["versions"], model["live"]) for model in listed] == [
        ("churn", [1, 2], [{"version": 1, "weight": 1.0}]),
        ("other", [1], [{"version": 1, "weight": 1.0}]),
    ]
    lines = modelet("models", "list").out.splitlines()
    assert [line.split() for line in lines[1:]] == [["churn", "1", "1,", "2"], ["other", "1", "1"]]


def test_a_folder_can_be_named_as_a_path(modelet: Run, doubling: Path, tmp_path: Path) -> None:
    assert modelet("push", doubling, "-n", "churn", "--store", "shelf").status == 0

    assert Path("shelf/models/churn/versions/1.json").is_file()
    assert modelet("predict", "churn", '{"x": [1, 1]}', "--store", tmp_path / "here/shelf").status == 0


def test_a_push_says_what_callers_would_notice(modelet: Run, doubling: Path, tmp_path: Path) -> None:
    wider = save(scale(2.0, width=3), tmp_path / "wider.onnx")
    modelet("push", doubling, "-n", "churn")

    assert "same artifact as version 1, which is live" in modelet("push", doubling, "-n", "churn").err
    assert "not those of version 1, which is live" in modelet("push", wider, "-n", "churn").err


def test_promoting_a_deprecated_version_says_so(modelet: Run, doubling: Path, tripling: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    modelet("push", tripling, "-n", "churn")
    modelet("models", "deprecate", "churn@2", "--reason", "biased")

    assert "churn@2 is deprecated: biased" in modelet("promote", "churn", "2").err


def test_describe_tells_inputs_outputs_and_digest(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    text = modelet("models", "describe", "churn").out

    assert "x FP32 [-1, 2]" in text
    assert "y_pred FP32 [-1, 2]" in text
    assert f"sha256:{hashlib.sha256(doubling.read_bytes()).hexdigest()}" in text


def test_a_deprecated_version_still_answers_and_says_so(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    modelet("models", "deprecate", "churn@1", "--reason", "biased")

    assert "1 (live, deprecated: biased)" in modelet("models", "describe", "churn@1").out
    assert modelet("predict", "churn", '{"x": [1, 1]}').status == 0


def test_a_version_that_an_alias_names_cannot_be_deleted(modelet: Run, doubling: Path, tripling: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    modelet("push", tripling, "-n", "churn")

    refused = modelet("models", "delete", "churn@1")
    assert (refused.status, refused.out) == (4, "")
    assert "'live'" in refused.err

    assert modelet("models", "delete", "churn@2").status == 0
    assert modelet("predict", "churn@2", '{"x": [1, 1]}').status == 3
    assert "modelet" in modelet("models", "delete", "churn@live").err


def test_gc_deletes_what_nothing_names(modelet: Run, doubling: Path, tripling: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    modelet("push", tripling, "-n", "churn")
    modelet("models", "delete", "churn@2")
    digest = hashlib.sha256(tripling.read_bytes()).hexdigest()
    blob = Path(".modelet/store/models/churn/blobs") / digest

    assert modelet("gc").out.startswith("0 blobs")
    assert modelet("gc", "--grace-hours", "0", "--dry-run").out.startswith(f"churn sha256:{digest}")
    assert blob.exists()
    assert modelet("gc", "--grace-hours", "0", "--json").json["blobs"][0]["sha256"] == digest
    assert not blob.exists()
    assert modelet("predict", "churn", '{"x": [1, 1]}').status == 0


def test_pull_writes_the_verified_file(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn")

    done = modelet("pull", "churn", "--json").json

    assert done["path"] == "churn-1.onnx"
    assert Path("churn-1.onnx").read_bytes() == doubling.read_bytes()
    assert modelet("pull", "churn").status == 4
    assert modelet("pull", "churn", "--force").status == 0
    assert modelet("pull", "churn@1", "-o", "other.onnx").status == 0


def test_pull_of_a_damaged_artifact_leaves_no_file(modelet: Run, doubling: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    blob = Path(".modelet/store/models/churn/blobs") / hashlib.sha256(doubling.read_bytes()).hexdigest()
    blob.write_bytes(blob.read_bytes()[:-1])

    done = modelet("pull", "churn")

    assert done.status == 1
    assert blob.name in done.err
    assert list(Path().glob("*.onnx")) == []


def test_copy_publishes_in_another_store(modelet: Run, doubling: Path, tripling: Path, tmp_path: Path) -> None:
    modelet("push", doubling, "-n", "churn")
    modelet("push", tripling, "-n", "churn")
    production = f"file://{tmp_path}/production"

    done = modelet("copy", "churn@2", "--to", production)

    assert "churn version 2 was copied to" in done.out
    assert done.out.rstrip().endswith("as version 1")
    here, there = (
        modelet("models", "describe", named, "--json", *store).json["manifest"]
        for named, store in (("churn@2", []), ("churn", ["--store", production]))
    )
    assert here["artifact"] == there["artifact"]
    assert there["lineage"]["copied_from"]["version"] == 2
