"""The statistics extension: what this process has done, by model and version, whatever protocol asked for it."""

import time
from typing import Any

import pytest

from modelet.predict import Models
from modelet.registry.changing import promote
from modelet.store import open_store
from tests.entrances import Answer, ask, get, post, v2
from tests.onnx_models import scale
from tests.published import publish_model, serve

NONE = {"count": 0, "ns": 0}


@pytest.fixture
def models() -> Models:
    """`m` with two versions, of which `live` is the second, and `other`."""
    store = open_store("memory://counted")
    if not store.folders("models/"):
        publish_model(store, "m", scale(1.0))
        publish_model(store, "m", scale(2.0))
        publish_model(store, "other", scale(3.0))
        promote(store, "m", 2)
    return serve(store)


def infer(models: Models, path: str, rows: int, **rest: Any) -> Answer:
    data = [[1.0, 2.0]] * rows
    return post(models, f"/v2/models/{path}/infer", {"inputs": [v2("x", data, "FP32")], **rest})


def stats(models: Models, path: str) -> list[dict[str, Any]]:
    answer = get(models, f"/v2/models/{path}")
    assert answer.status == 200, answer.body
    held: list[dict[str, Any]] = answer.body["model_stats"]
    return held


def named(held: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(line["name"], line["version"]) for line in held]


def test_a_process_that_was_asked_nothing_has_no_statistics(models: Models) -> None:
    assert stats(models, "stats") == []


@pytest.mark.parametrize(
    ("path", "version"), [("m/stats", "2"), ("m/versions/1/stats", "1"), ("m/versions/live/stats", "2")]
)
def test_a_model_that_was_asked_nothing_has_zeros(models: Models, path: str, version: str) -> None:
    computed = {"compute_input": NONE, "compute_infer": NONE, "compute_output": NONE}

    assert stats(models, path) == [
        {
            "name": "m",
            "version": version,
            "last_inference": 0,
            "inference_count": 0,
            "execution_count": 0,
            "inference_stats": {
                "success": NONE,
                "fail": NONE,
                "queue": NONE,
                **computed,
                "cache_hit": NONE,
                "cache_miss": NONE,
            },
            "response_stats": {},
            "batch_stats": [],
            "memory_usage": [],
        }
    ]


def test_rows_and_runs_are_counted(models: Models) -> None:
    before = time.time_ns() // 1_000_000
    for rows in (1, 3, 3):
        assert infer(models, "m", rows).status == 200

    (held,) = stats(models, "m/stats")

    assert (held["inference_count"], held["execution_count"]) == (7, 3)
    assert before <= held["last_inference"] <= time.time_ns() // 1_000_000
    assert [(batch["batch_size"], batch["compute_infer"]["count"]) for batch in held["batch_stats"]] == [(1, 1), (3, 2)]


def test_times_are_those_of_the_phases(models: Models) -> None:
    answer = infer(models, "m", 2)

    (held,) = stats(models, "m/stats")

    spent, (batch,) = held["inference_stats"], held["batch_stats"]
    for name, phase in (("compute_input", "decode"), ("compute_infer", "run"), ("compute_output", "encode")):
        assert spent[name]["count"] == 1
        assert spent[name]["ns"] // 1000 == round(1000 * (answer.timing[phase] or 0))
        assert batch[name] == spent[name]
    assert spent["success"]["ns"] // 1000 == round(1000 * (answer.timing["total"] or 0))
    assert (spent["queue"], spent["fail"]) == ({"count": 1, "ns": 0}, NONE)


def test_what_fails_is_counted_apart(models: Models) -> None:
    assert post(models, "/v2/models/m/infer", {"inputs": [v2("x", [[1.0]], "FP32")]}).status == 400
    assert infer(models, "m", 1, outputs=[{"name": "nobody"}]).status == 400

    (held,) = stats(models, "m/stats")

    assert held["inference_stats"]["fail"]["count"] == 2
    assert held["inference_stats"]["fail"]["ns"] > 0
    assert (held["inference_stats"]["success"], held["execution_count"], held["batch_stats"]) == (NONE, 0, [])


def test_every_protocol_is_counted(models: Models) -> None:
    assert post(models, "/models/m/predict", {"x": [1, 2]}).status == 200
    assert ask(models, {"model": "m", "inputs": {"x": [[1, 2], [3, 4]]}}).status == 200

    (held,) = stats(models, "m/stats")

    assert (held["inference_count"], held["execution_count"]) == (3, 2)


def test_versions_are_told_apart(models: Models) -> None:
    for path in ("other", "m", "m/versions/1"):
        assert infer(models, path, 1).status == 200

    assert named(stats(models, "stats")) == [("m", "1"), ("m", "2"), ("other", "1")]
    assert named(stats(models, "m/stats")) == [("m", "1"), ("m", "2")]
    assert named(stats(models, "m/versions/1/stats")) == [("m", "1")]
    assert named(stats(models, "m/versions/live/stats")) == [("m", "2")]


def test_what_is_not_there_is_404_and_makes_no_counter(models: Models) -> None:
    assert infer(models, "nobody", 1).status == 404
    assert infer(models, "m/versions/9", 1).status == 404

    assert get(models, "/v2/models/nobody/stats").body["code"] == "model_not_found"
    assert get(models, "/v2/models/m/versions/9/stats").body["code"] == "version_not_found"
    assert stats(models, "stats") == []
