"""The log: one JSON line per invocation, whose numbers CloudWatch takes as metrics, and nothing that a caller sent."""

import json
import time
from typing import Any

import pytest

from modelet import log
from modelet.events import answering
from modelet.predict import Models
from modelet.registry.blobs import blob_key
from modelet.store import open_store
from tests.entrances import event
from tests.onnx_models import scale
from tests.published import publish_model, serve, zoo_store
from tests.watched_store import WatchedStore

CANARY = "c4n4ry"
NUMBER = 987654.25


class Context:
    """What Lambda passes beside the event."""

    aws_request_id = "8a1b"


@pytest.fixture
def models() -> Models:
    return serve(zoo_store("memory://log"), log=True)


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capfd.readouterr()
    assert captured.err == ""
    return [json.loads(line) for line in captured.out.splitlines()]


def assert_metrics(line: dict[str, Any]) -> None:
    """By the embedded metric format: every dimension is text beside it, every metric a number beside it."""
    described = line["_aws"]
    assert abs(described["Timestamp"] / 1000 - time.time()) < 60
    (metrics,) = described["CloudWatchMetrics"]
    assert metrics["Namespace"] == "Modelet"
    assert all(1 <= len(names) <= 30 for names in metrics["Dimensions"])
    assert all(type(line[name]) is str and line[name] for names in metrics["Dimensions"] for name in names)
    units = {metric["Name"]: metric["Unit"] for metric in metrics["Metrics"]}
    phases = {name for name in line if name.endswith("_ms") and name != "init_ms"}
    assert units == dict.fromkeys(phases, "Milliseconds") | {"errors": "Count"}
    assert "duration_ms" in phases
    assert all(type(line[name]) in (int, float) for name in units)


def test_a_prediction_is_one_line_with_metrics(models: Models, capfd: pytest.CaptureFixture[str]) -> None:
    answering.answer(models, event("http-api-predict", "/models/double/predict", '{"x": [1, 2]}'), Context())

    (line,) = lines(capfd)
    assert_metrics(line)
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["function", "model", "version"]]
    assert {key: line[key] for key in ("function", "model", "version", "status", "errors", "request_id")} == {
        "function": "infer", "model": "double", "version": "1", "status": 200, "errors": 0, "request_id": "8a1b",
    }  # fmt: skip
    assert line["duration_ms"] > 0


@pytest.mark.parametrize(
    ("path", "body", "failed"),
    [
        ("/models/double/predict", "{", (400, "invalid_request")),
        ("/models/double/predict", '{"x": [1]}', (400, "invalid_input")),
        ("/models/nobody/predict", "{}", (404, "model_not_found")),
        ("/nowhere", "{}", (404, "route_not_found")),
    ],
)
def test_a_mistake_is_one_line_with_its_code_and_no_error_of_ours(
    models: Models, capfd: pytest.CaptureFixture[str], path: str, body: str, failed: tuple[int, str]
) -> None:
    answering.answer(models, event("rest-predict", path, body), Context())

    (line,) = lines(capfd)
    assert_metrics(line)
    assert (line["status"], line["code"]) == failed
    assert line["errors"] == 0


def test_a_corrupt_artifact_counts_as_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    store = open_store("memory://log-corrupt")
    store.put(blob_key("m", publish_model(store, "m", scale(1.0)).artifact.sha256), [b""])

    answering.answer(serve(store, log=True), {"model": "m", "inputs": {"x": [1, 2]}}, Context())

    (line,) = lines(capfd)
    assert_metrics(line)
    assert (line["status"], line["code"], line["errors"]) == (500, "corrupt_object", 1)


def test_an_unknown_failure_is_a_500_with_the_request_id_and_logged_by_place(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def break_down(verb: str, key: str) -> None:
        raise ZeroDivisionError(CANARY)

    broken = serve(WatchedStore(open_store("memory://broken"), break_down), log=True)

    answer = answering.answer(broken, event("http-api-predict", "/models/m/predict", "{}"), Context())

    assert json.loads(answer["body"]) == {
        "error": "An unexpected failure; it was logged.",
        "code": "internal",
        "request_id": "8a1b",
    }
    (line,) = lines(capfd)
    assert_metrics(line)
    assert (answer["statusCode"], line["status"], line["code"], line["errors"]) == (500, 500, "internal", 1)
    assert line["failure"].startswith("ZeroDivisionError in break_down:")
    assert CANARY not in json.dumps(line)


def test_nothing_that_a_caller_sent_is_logged(models: Models, capfd: pytest.CaptureFixture[str]) -> None:
    bodies = [
        {"x": [NUMBER, 2]},
        {"x": [CANARY]},
        {CANARY: [1, 2]},
        {"x": [[NUMBER]], CANARY: CANARY},
        f"{CANARY} {NUMBER}",
        {"inputs": [{"name": CANARY, "datatype": CANARY, "shape": [2], "data": [NUMBER]}], "id": CANARY},
    ]
    for path in (
        f"/models/double/predict/{CANARY}",
        "/models/double/predict",
        f"/models/{CANARY}/predict",
        "/v2/models/double/infer",
    ):
        for body in bodies:
            asked = event("http-api-predict", path, body if isinstance(body, str) else json.dumps(body))
            asked["headers"] |= {"authorization": CANARY, "content-encoding": CANARY if path[-1] == "t" else ""}
            asked["cookies"] = asked["queryStringParameters"] = {"a": CANARY}
            answering.answer(models, asked, Context())
            answering.answer(models, {"model": "double", "inputs": body, "id": CANARY}, Context())

    captured = capfd.readouterr()

    assert captured.out.count("\n") == 2 * len(bodies) * 4
    assert (CANARY in captured.out, str(NUMBER) in captured.out, captured.err) == (False, False, "")


def test_the_log_can_be_turned_off(capfd: pytest.CaptureFixture[str]) -> None:
    answering.answer(serve(open_store("memory://quiet")), {}, Context())

    assert capfd.readouterr() == ("", "")


def test_an_invocation_that_raises_is_logged_as_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with log.invocation("batch", "8a1b") as line:
            line["rows"] = 7
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()

    (printed,) = lines(capfd)
    assert_metrics(printed)
    assert (printed["rows"], printed["status"], printed["errors"]) == (7, 500, 1)


def test_only_the_first_invocation_of_a_process_is_cold(capfd: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        with log.invocation("infer", "8a1b"):
            pass

    assert [line["cold"] for line in lines(capfd)][1:] == [False, False]


def test_a_report_is_a_line_of_its_own_whose_units_make_metrics(capfd: pytest.CaptureFixture[str]) -> None:
    log.report({"model": "m", "rows": 3, "note": "x"}, ("model",), {"rows": "Count", "failed": "Count"})

    (line,) = lines(capfd)
    (metrics,) = line.pop("_aws")["CloudWatchMetrics"]
    assert line == {"model": "m", "rows": 3, "note": "x"}
    assert metrics == {
        "Namespace": "Modelet",
        "Dimensions": [["model"]],
        "Metrics": [{"Name": "rows", "Unit": "Count"}],
    }
