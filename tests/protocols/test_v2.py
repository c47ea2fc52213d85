"""The Open Inference Protocol, version 2: what its clients read and what they may send."""

import json
from typing import Any

import pytest

from modelet import __version__
from modelet.predict import Models
from modelet.registry.changing import delete, promote
from modelet.store import open_store
from tests.entrances import get, post
from tests.onnx_models import scale
from tests.published import publish_model, serve, zoo_store


@pytest.fixture(scope="module")
def models() -> Models:
    return serve(zoo_store("memory://v2"))


def tensor(data: Any, shape: list[int], datatype: str = "FP32", name: str = "x") -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}


def infer(models: Models, model: str, *inputs: dict[str, Any], **rest: Any) -> Any:
    answer = post(models, f"/v2/models/{model}/infer", {"inputs": inputs, **rest})
    assert answer.status == 200, answer.body
    return answer.body


def test_the_server_says_what_it_is(models: Models) -> None:
    body = get(models, "/v2").body

    assert (body["name"], body["version"]) == ("modelet", __version__)
    assert get(models, "/v2/").body == get(models, "/v2").body


def test_health_has_a_body_and_a_status(models: Models) -> None:
    assert get(models, "/v2/health/live").body == {"live": True}
    assert get(models, "/v2/health/ready").body == {"ready": True}


def test_metadata_describes_the_model(models: Models) -> None:
    assert get(models, "/v2/models/digits").body == {
        "name": "digits",
        "versions": ["1"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "image", "datatype": "FP32", "shape": [-1, 64]}],
        "outputs": [
            {"name": "label", "datatype": "INT64", "shape": [-1]},
            {"name": "scores", "datatype": "FP32", "shape": [-1, 64]},
        ],
    }


def test_metadata_are_those_of_the_version_that_is_named() -> None:
    store = open_store("memory://described")
    publish_model(store, "m", scale(1.0))
    publish_model(store, "m", scale(2.0, width=3))
    promote(store, "m", 2, "next")
    models = serve(store)

    for ref, version, width in (("", "1", 2), ("/versions/2", "2", 3), ("/versions/next", "2", 3)):
        answer = get(models, f"/v2/models/m{ref}")
        assert answer.body["versions"] == ["1", "2"]
        assert answer.body["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, width]}]
        assert answer.headers["x-modelet-version"] == version


def test_metadata_of_scalars_and_of_unknown_ranks_are_lists_of_dimensions(models: Models) -> None:
    assert get(models, "/v2/models/scalar").body["inputs"] == [{"name": "x", "datatype": "FP32", "shape": []}]
    assert get(models, "/v2/models/echo-bytes").body["outputs"] == [{"name": "y", "datatype": "BYTES", "shape": [-1]}]


@pytest.mark.parametrize("verb", ["", "/ready"])
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v2/models/nobody", "model_not_found"),
        ("/v2/models/digits/versions/9", "version_not_found"),
        ("/v2/models/digits/versions/staging", "alias_not_found"),
    ],
)
def test_what_is_not_there_is_404(models: Models, path: str, code: str, verb: str) -> None:
    answer = get(models, path + verb)

    assert (answer.status, answer.body["code"]) == (404, code)


@pytest.mark.parametrize("where", ["", "/versions/1", "/versions/live"])
def test_a_model_is_ready_once_it_is_loaded(models: Models, where: str) -> None:
    answer = get(models, f"/v2/models/double{where}/ready")

    assert (answer.status, answer.body) == (200, {"name": "double", "ready": True})
    assert answer.headers["x-modelet-version"] == "1"


def test_deleted_versions_are_neither_listed_nor_served() -> None:
    store = open_store("memory://deleted")
    publish_model(store, "m", scale(1.0))
    publish_model(store, "m", scale(2.0))
    delete(store, "m", 2, "wrong data")
    models = serve(store)

    assert get(models, "/v2/models/m").body["versions"] == ["1"]
    answer = get(models, "/v2/models/m/versions/2/ready")
    assert (answer.status, answer.body["code"]) == (404, "version_not_found")
    assert "was deleted" in answer.body["error"]


def test_data_may_be_flat_or_nested(models: Models) -> None:
    flat = infer(models, "double", tensor([1, 2, 3, 4], [2, 2]))
    nested = infer(models, "double", tensor([[1, 2], [3, 4]], [2, 2]))

    assert flat == nested
    assert flat == {
        "model_name": "double",
        "model_version": "1",
        "outputs": [tensor([2.0, 4.0, 6.0, 8.0], [2, 2], name="y_pred")],
    }


def test_a_row_needs_its_batch_dimension(models: Models) -> None:
    answer = post(models, "/v2/models/double/infer", {"inputs": [tensor([1, 2], [2])]})

    assert (answer.status, answer.body["code"]) == (400, "invalid_input")
    assert "must have 2 dimensions [-1, 2], but has 1 [2]" in answer.body["error"]


def test_outputs_are_chosen_by_name_and_order(models: Models) -> None:
    asked = (tensor([[1, 2]], [1, 2], name="a"), tensor([[3, 4]], [1, 2], name="b"))

    def named(*names: str) -> list[str]:
        body = infer(models, "add", *asked, outputs=[{"name": name} for name in names])
        return [output["name"] for output in body["outputs"]]

    assert (named("d"), named("d", "c"), named()) == (["d"], ["d", "c"], ["c", "d"])


@pytest.mark.parametrize("id_", ["", "42", 'é"\\\n', "x" * 1000])
def test_the_id_comes_back(models: Models, id_: str) -> None:
    assert infer(models, "double", tensor([1, 2], [1, 2]), id=id_)["id"] == id_


def test_without_an_id_there_is_none(models: Models) -> None:
    assert "id" not in infer(models, "double", tensor([1, 2], [1, 2]))
    assert "id" not in infer(models, "double", tensor([1, 2], [1, 2]), id=None)


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("double", tensor([], [0, 2])),
        ("rows-bytes", tensor([], [0], "BYTES")),
        ("echo-int8", tensor([], [3, 0, 2], "INT8")),
    ],
)
def test_no_rows_in_no_rows_out(models: Models, model: str, asked: dict[str, Any]) -> None:
    output = infer(models, model, asked)["outputs"][0]

    assert (output["shape"], output["data"], output["datatype"]) == (asked["shape"], [], asked["datatype"])


def test_a_scalar_has_no_dimension_and_one_element(models: Models) -> None:
    assert infer(models, "scalar", tensor([0.1], []))["outputs"] == [tensor([0.1], [], name="y")]
    assert infer(models, "scalar", tensor(0.1, []))["outputs"] == [tensor([0.1], [], name="y")]


def test_parameters_that_no_extension_defines_are_ignored(models: Models) -> None:
    asked = tensor([1, 2], [1, 2]) | {"parameters": {"any": 1}}

    body = infer(models, "double", asked, parameters={"priority": 1}, outputs=[{"name": "y_pred", "parameters": {}}])

    assert body["outputs"][0]["data"] == [2.0, 4.0]


def test_numbers_that_json_has_no_token_for_come_back_as_null(models: Models) -> None:
    answer = infer(models, "double", tensor([3e38, -3e38], [1, 2]))

    assert json.dumps(answer["outputs"][0]["data"]) == "[null, null]"
