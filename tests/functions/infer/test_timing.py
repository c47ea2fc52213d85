"""Phases: every HTTP answer says where its time went, and the log line says the same."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modelet.events import answering
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.routes import ROUTES
from modelet.store import open_store
from tests.derived import WIDTH, large, ort_format, publish_variants
from tests.entrances import HTTP, ask, event, get, post
from tests.onnx_models import scale
from tests.published import publish_model, serve
from tests.server_timing import read_server_timing

ROOT = Path(__file__).parents[3]
ROW = '{"x": [1, 2]}'
WARM = ["decode", "resolve", "run", "encode", "total"]

TWICE = """
import json, sys
from functions.infer.handler import handler
event = json.load(sys.stdin)
for _ in range(2):
    print(json.dumps(handler(event, None)["headers"]["server-timing"]))
"""


def log_lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


@pytest.mark.parametrize("entrance", HTTP)
@pytest.mark.parametrize(("method", "route", "_"), ROUTES)
def test_every_route_says_where_the_time_went(
    models: Models, entrance: str, method: str, route: str, _: object
) -> None:
    path = route.format(model="double", ref="1", repository="any", answer="none")

    for body in (ROW, "{", None):
        answer = ask(models, event(entrance, path, body, method))

        assert {"decode", "encode", "total"} <= set(answer.timing)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/models/double/predict", "{", 400),
        ("POST", "/models/double/predict", '{"x": [1]}', 400),
        ("POST", "/models/A/predict", ROW, 400),
        ("POST", "/models/nobody/predict", ROW, 404),
        ("GET", "/nowhere", None, 404),
        ("DELETE", "/predict", None, 405),
        ("POST", "/models/filled/predict", '{"s": [3000000]}', 413),
        ("HEAD", "/v2", None, 200),
    ],
)
def test_every_error_says_so_too(models: Models, method: str, path: str, body: str | None, status: int) -> None:
    answer = ask(models, event("rest-predict", path, body, method))

    assert answer.status == status
    assert {"decode", "encode", "total"} <= set(answer.timing)


def test_a_body_that_cannot_be_read_and_a_failure_of_ours_say_so_too() -> None:
    store = open_store("memory://timing-broken")
    store.put(blob_key("m", publish_model(store, "m", scale(1.0)).artifact.sha256), [b"damaged"])
    unreadable = event("http-api-base64", "/models/m/predict", ROW) | {"body": "no base64", "isBase64Encoded": True}

    answers = [post(serve(store), "/models/m/predict", {"x": [1, 2]}), ask(serve(store), unreadable)]

    assert [answer.status for answer in answers] == [500, 400]
    assert {"resolve", "fetch", "verify"} <= set(answers[0].timing)
    assert "resolve" not in answers[1].timing


def test_a_cold_answer_has_what_a_warm_one_has_not() -> None:
    store = open_store("memory://timing")
    publish_model(store, "double", scale(2.0))
    models = serve(store)

    answers = [post(models, "/models/double/predict", {"x": [1, 2]}) for _ in range(3)]

    cold, *warm = [[name for name in answer.timing if name != "cold"] for answer in answers]
    assert sorted(cold) == sorted([*WARM, "fetch", "verify", "load"])
    assert warm == [WARM, WARM]


def test_what_is_fetched_in_parallel_ranges_adds_up_to_no_more_than_the_total() -> None:
    store = open_store("memory://timing-ranges")
    made = large()
    publish_variants(store, "large", made, (ort_format(made), {}))

    answer = post(serve(store), "/models/large/predict", {"x": [[0.0] * WIDTH]})

    assert answer.status == 200, answer.body
    assert {"fetch", "verify", "load"} <= set(answer.timing)


def test_a_question_about_a_model_runs_nothing(models: Models) -> None:
    answer = get(models, "/v2/models/double")

    assert set(answer.timing) - {"cold", "fetch", "verify"} == {"decode", "resolve", "encode", "total"}


def test_the_log_line_has_the_same_numbers(capfd: pytest.CaptureFixture[str]) -> None:
    store = open_store("memory://timing-log")
    publish_model(store, "double", scale(2.0))
    models = serve(store, log=True)
    asked = event("http-api-predict", "/models/double/predict", ROW)

    answers = [answering.answer(models, asked, None) for _ in range(2)]

    for answer, line in zip(answers, log_lines(capfd), strict=True):
        said = {name: spent for name, spent in read_server_timing(answer["headers"]["server-timing"]).items() if spent}
        logged = {name: spent for name, spent in line.items() if name.endswith("_ms") and spent and name != "init_ms"}
        assert logged == {"duration_ms" if name == "total" else f"{name}_ms": spent for name, spent in said.items()}
        assert {metric["Name"] for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]} >= set(logged)


def test_only_the_first_answer_of_a_process_is_cold_and_only_its_line_says_how_long_it_took_to_start(
    tmp_path: Path,
) -> None:
    store = f"file://{tmp_path}/store"
    publish_model(open_store(store), "double", scale(2.0))

    done = subprocess.run(
        [sys.executable, "-c", TWICE],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "MODELET_STORE": store},
        input=json.dumps(event("http-api-predict", "/models/double/predict", ROW)),
        capture_output=True,
        text=True,
        check=True,
    )

    first, cold, second, warm = [json.loads(line) for line in done.stdout.splitlines()]
    assert ("cold" in read_server_timing(cold), "cold" in read_server_timing(warm)) == (True, False)
    assert (first["cold"], second["cold"]) == (True, False)
    assert first["init_ms"] > 0
    assert "init_ms" not in second
    assert "init_ms" not in [metric["Name"] for metric in first["_aws"]["CloudWatchMetrics"][0]["Metrics"]]
