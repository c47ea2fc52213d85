"""What must work as written: the literal events, the simple protocol's rows and batches, versions and aliases."""

import json
from typing import Any

import pytest

from modelet.predict import Models
from modelet.registry.changing import promote
from modelet.store import open_store
from tests.entrances import HTTP, WAYS, Way, ask, event, get, load, post
from tests.onnx_models import scale
from tests.published import publish_model, serve

every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
THE_EVENTS = [*HTTP, "http-api-v2-infer"]
LARGEST = 11  # where the literal events' image is brightest


@pytest.mark.parametrize("name", THE_EVENTS)
def test_the_literal_events_are_answered(models: Models, name: str) -> None:
    answer = ask(models, load(name))

    assert answer.status == 200, answer.body
    label = answer.body["outputs"][0]["data"][0] if name == "http-api-v2-infer" else answer.body["label"]
    assert label == LARGEST


def test_the_literal_direct_invoke_is_answered(models: Models) -> None:
    answer = ask(models, load("direct-invoke"))

    assert (answer.body["model"], answer.body["version"]) == ("digits", 1)
    assert answer.body["outputs"]["label"] == LARGEST


@pytest.mark.parametrize(
    ("model", "asked", "answered"),
    [
        ("double", {"x": [[1, 2], [3, 4]]}, {"y_pred": [[2.0, 4.0], [6.0, 8.0]]}),
        ("double", {"x": [[1, 2]]}, {"y_pred": [[2.0, 4.0]]}),
        ("double", {"x": [1, 2]}, {"y_pred": [2.0, 4.0]}),
        ("double", {"x": []}, {"y_pred": []}),
        ("double", {"x": [0.1, -0.0]}, {"y_pred": [0.2, -0.0]}),
        ("add", {"a": [1, 2], "b": [3, 4]}, {"c": [4.0, 6.0], "d": [-2.0, -2.0]}),
        ("add", {"b": [[3, 4]], "a": [[1, 2]]}, {"c": [[4.0, 6.0]], "d": [[-2.0, -2.0]]}),
        ("rows-fp32", {"x": 1.5}, {"y": 1.5}),
        ("rows-fp32", {"x": [1.5]}, {"y": [1.5]}),
        ("rows-fp32", {"x": []}, {"y": []}),
        ("rows-bytes", {"x": "é\0"}, {"y": "é\0"}),
        ("rows-bytes", {"x": ["a: b", ""]}, {"y": ["a: b", ""]}),
        ("rows-bool", {"x": True}, {"y": True}),
        ("rows-int64", {"x": 2.0}, {"y": 2}),
        ("rows-uint64", {"x": [2**64 - 1, 0]}, {"y": [2**64 - 1, 0]}),
        ("rows-int64", {"x": [-(2**63), 2**63 - 1]}, {"y": [-(2**63), 2**63 - 1]}),
        ("scalar", {"x": 0.1}, {"y": 0.1}),
        ("echo-fp32", {"x": [[[1], [2]]]}, {"y": [[[1.0], [2.0]]]}),
        ("echo-fp16", {"x": [0.1, 65504]}, {"y": [0.099975586, 65504.0]}),
    ],
)
def test_rows_and_batches_in_rows_and_batches_out(
    models: Models, model: str, asked: dict[str, Any], answered: dict[str, Any]
) -> None:
    assert post(models, f"/models/{model}/predict", asked).body == answered
    assert ask(models, {"model": model, "inputs": asked}).body["outputs"] == answered


@pytest.mark.parametrize("entrance", HTTP)
def test_the_default_model_answers_predict(models: Models, entrance: str) -> None:
    answer = ask(models, event(entrance, "/predict", '{"x": [[1, 2]]}'))

    assert (answer.status, answer.body) == (200, {"y_pred": [[2.0, 4.0]]})
    assert answer.headers["x-modelet-model"] == "double"
    assert ask(models, {"inputs": {"x": [[1, 2]]}}).body["model"] == "double"


def test_without_a_default_model_predict_says_what_to_do() -> None:
    nobody = serve(open_store("memory://nobody"))

    assert "MODELET_DEFAULT_MODEL" in post(nobody, "/predict", {}).body["error"]
    assert "default" in ask(nobody, {"inputs": {}}).body["error"]


@pytest.mark.parametrize("entrance", HTTP)
@pytest.mark.parametrize(
    "path",
    ["/models/double/predict", "/models/double/predict/", "/models/d%6Fuble/predict", "/%6Dodels/double/predict"],
)
def test_one_path_may_be_written_in_several_ways(models: Models, entrance: str, path: str) -> None:
    assert ask(models, event(entrance, path, '{"x": [1, 2]}')).body == {"y_pred": [2.0, 4.0]}


@every_way
def test_versions_and_aliases_are_asked_by_name(way: Way) -> None:
    store = open_store("memory://versions")
    if not store.folders("models/"):
        publish_model(store, "m", scale(1.0))
        publish_model(store, "m", scale(2.0))
        promote(store, "m", 2, "next")
    models = serve(store)

    answers = {
        ref: Way(way.entrance, way.protocol, ref).ask(models, "m", {"x": [[1, 1]]}) for ref in ["1", "2", "next"]
    }

    assert {ref: version_of(answer.body, answer.headers) for ref, answer in answers.items()} == {
        "1": 1,
        "2": 2,
        "next": 2,
    }


def test_a_direct_invoke_takes_the_version_as_a_number(models: Models) -> None:
    asked = {"model": "double", "version": 1, "inputs": {"x": [1, 2]}, "outputs": ["y_pred"], "id": "a1"}

    answer = ask(models, asked)

    assert answer.body == {"model": "double", "version": 1, "outputs": {"y_pred": [2.0, 4.0]}, "id": "a1"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"inputs": {}, "input": {}}, "'input'"),
        ({"model": "double"}, "'inputs'"),
        ({"model": 7, "inputs": {}}, "'model'"),
        ({"model": "", "inputs": {}}, "'model'"),
        ({"model": "double", "inputs": {}, "version": 1.5}, "1.5"),
        ({"model": "double", "inputs": {}, "version": True}, "True"),
        ({"model": "double", "inputs": {}, "version": 0}, "'0'"),
        ({"model": "double", "inputs": {"x": [1, 2]}, "outputs": "y"}, "'outputs'"),
        ({"model": "double", "inputs": {"x": [1, 2]}, "outputs": ["q"]}, "'q'"),
        ({"model": "double", "inputs": {"x": [1, 2]}, "id": 7}, "'id'"),
        ({"model": "double", "inputs": {"x": [1, 2]}, "id": "\ud800"}, "Unicode"),
        ({"model": "double", "inputs": {"x": [1, float("nan")]}}, "nan"),
        ({"model": "double", "inputs": {"x": [1, 10**400]}}, "beyond every float"),
        ({"model": "rows-bytes", "inputs": {"x": ["\ud800"]}}, "surrogates"),
        ([], "must be an object"),
        (None, "must be an object"),
    ],
)
def test_a_malformed_direct_invoke_is_400_and_named(models: Models, wrong: Any, said: str) -> None:
    answer = ask(models, wrong)

    assert answer.status == 400
    assert said in answer.body["error"]


@pytest.mark.parametrize("stage", ["live", "v2", "models"])
@pytest.mark.parametrize("path", ["/models/double/predict", "/v2", "/"])
def test_a_stage_is_taken_off_the_path_once(models: Models, stage: str, path: str) -> None:
    plain = event("http-api-predict", path, '{"x": [1, 2]}', "GET" if path == "/v2" else "POST")
    staged = json.loads(json.dumps(plain))
    staged["requestContext"]["stage"] = stage
    staged["rawPath"] = f"/{stage}{path}"

    assert ask(models, staged) == ask(models, plain)


def test_the_path_may_be_the_stage_alone(models: Models) -> None:
    staged = event("http-api-predict", "/live", "{}")
    staged["requestContext"]["stage"] = "live"

    assert ask(models, staged).body["error"].startswith("'/' takes GET and HEAD")


@pytest.mark.parametrize("path", ["/v2", "/v2/health/live", "/v2/models/double", "/v2/models/double/ready"])
def test_head_answers_what_get_does_without_the_body(models: Models, path: str) -> None:
    head, whole = get(models, path, "HEAD"), get(models, path)

    assert (head.status, head.headers, head.body) == (whole.status, whole.headers, None)
    assert whole.body


def test_an_answer_says_who_gave_it(models: Models) -> None:
    for answer in (post(models, "/models/double/predict", {"x": [1, 2]}), get(models, "/v2/models/double")):
        assert answer.headers == {
            "content-type": "application/json",
            "x-modelet-model": "double",
            "x-modelet-version": "1",
        }


def version_of(body: dict[str, Any], headers: dict[str, str]) -> int:
    return int(headers["x-modelet-version"]) if headers else int(body["version"])
