"""The model configuration extension: what Triton's own clients read of a model."""

from typing import Any

import pytest

from modelet.predict import Models
from modelet.tensors.datatypes import DATATYPES
from tests.entrances import get
from tests.published import serve, zoo_store

NO_LIMIT = 2**31 - 1


@pytest.fixture(scope="module")
def models() -> Models:
    return serve(zoo_store("memory://configured"))


def config(models: Models, path: str) -> Any:
    answer = get(models, f"/v2/models/{path}/config")
    assert (answer.status, answer.headers["x-modelet-version"]) == (200, "1")
    return answer.body


@pytest.mark.parametrize("path", ["digits", "digits/versions/1", "digits/versions/live"])
def test_a_model_with_a_batch_dimension(models: Models, path: str) -> None:
    assert config(models, path) == {
        "name": "digits",
        "platform": "onnxruntime_onnx",
        "backend": "onnxruntime",
        "version_policy": {"all": {}},
        "max_batch_size": NO_LIMIT,
        "input": [{"name": "image", "data_type": "TYPE_FP32", "dims": [64]}],
        "output": [
            {"name": "label", "data_type": "TYPE_INT64", "dims": [1], "reshape": {"shape": []}},
            {"name": "scores", "data_type": "TYPE_FP32", "dims": [64]},
        ],
        "instance_group": [{"name": "digits", "kind": "KIND_CPU", "count": 1}],
        "default_model_filename": "model.onnx",
    }


def test_a_model_without_a_batch_dimension(models: Models) -> None:
    held = config(models, "scalar")

    assert held["max_batch_size"] == 0
    assert held["input"] == [{"name": "x", "data_type": "TYPE_FP32", "dims": []}]


def test_an_unknown_rank_is_one_variable_dimension(models: Models) -> None:
    assert config(models, "echo-int8")["output"] == [{"name": "y", "data_type": "TYPE_INT8", "dims": [-1]}]


@pytest.mark.parametrize("datatype", DATATYPES)
def test_datatypes_have_triton_s_names(models: Models, datatype: str) -> None:
    (held,) = config(models, f"echo-{datatype.lower()}")["input"]

    assert held["data_type"] == ("TYPE_STRING" if datatype == "BYTES" else f"TYPE_{datatype}")


@pytest.mark.parametrize(("path", "code"), [("nobody", "model_not_found"), ("digits/versions/9", "version_not_found")])
def test_what_is_not_there_is_404(models: Models, path: str, code: str) -> None:
    answer = get(models, f"/v2/models/{path}/config")

    assert (answer.status, answer.body["code"]) == (404, code)
