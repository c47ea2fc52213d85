"""Models that are not ours, pushed as a user would and asked over the wire: each gives a sensible answer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from modelet.config import Settings
from modelet.events import answering
from modelet.predict import Models
from modelet.publish import push
from modelet.store import open_store
from tests.third_party import fetch
from tests.third_party.inputs import CASES, Array

MODELS = fetch.listed()
DATATYPES = {"float32": "FP32", "int64": "INT64", "int32": "INT32", "object": "BYTES"}


def test_the_list_covers_what_is_promised() -> None:
    packages = {model.archive.package for model in MODELS}

    assert len(MODELS) >= 6
    assert len(packages) >= 4
    assert {"rapidocr-onnxruntime", "silero-vad"} <= packages
    covered = frozenset().union(*(model.covers for model in MODELS))
    assert covered >= {"strings", "sequence", "state", "quantised", "external-data"}


def test_every_listed_model_has_a_case() -> None:
    assert sorted(CASES) == sorted(model.name for model in MODELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_third_party_model_is_pushed_and_answers_sensibly(model: fetch.Model, tmp_path: Path) -> None:
    store_url = (tmp_path / "store").as_uri()
    manifest = push(open_store(store_url), fetch.model_file(model), model.name)
    models = Models(open_store(store_url), Settings(store=store_url, log=False))
    case = CASES[model.name]
    inputs = case.inputs()

    body = orjson.dumps({"inputs": [tensor(name, array) for name, array in inputs.items()]})
    answer = post(models, f"/v2/models/{model.name}/infer", body)

    outputs = {output["name"]: from_json(output) for output in answer["outputs"]}
    case.check(outputs)
    for spec in manifest.signature.outputs:
        assert spec.mismatch(outputs[spec.name].shape) is None, "the signature must be true"


@pytest.mark.parametrize("name", ["silero-vad", "titanic-survival", "iris-forest"])
def test_plain_json_answers_as_v2_does(name: str, tmp_path: Path) -> None:
    model = next(model for model in MODELS if model.name == name)
    store = open_store((tmp_path / "store").as_uri())
    push(store, fetch.model_file(model), name)
    models = Models(store, Settings(store=store.url, log=False))

    body = {key: array.tolist() for key, array in CASES[name].inputs().items()}
    answer = post(models, f"/models/{name}/predict", orjson.dumps(body))

    CASES[name].check({key: np.asarray(value) for key, value in answer.items()})


def test_zipmap_outputs_keep_their_labels(tmp_path: Path) -> None:
    model = next(model for model in MODELS if model.name == "iris-forest")

    manifest = push(open_store((tmp_path / "store").as_uri()), fetch.model_file(model), "iris")

    assert list(manifest.labels.values()) == [[0, 1, 2]]


def test_a_model_without_its_external_file_is_refused_by_name(tmp_path: Path) -> None:
    from modelet.errors import RefusedModel

    model = next(model for model in MODELS if model.name == "malviz")
    alone = tmp_path / "alone.onnx"
    shutil.copy(fetch.model_file(model), alone)

    with pytest.raises(RefusedModel, match=r"\.onnx\.data' .* is missing"):
        push(open_store((tmp_path / "store").as_uri()), alone, "malviz")

    assert not (tmp_path / "store").exists()


def tensor(name: str, array: Array) -> dict[str, Any]:
    return {
        "name": name,
        "datatype": DATATYPES[array.dtype.name],
        "shape": list(array.shape),
        "data": array.reshape(-1).tolist(),
    }


def from_json(output: dict[str, Any]) -> Array:
    names = {datatype: name for name, datatype in DATATYPES.items()}
    return np.array(output["data"], dtype=names[output["datatype"]]).reshape(output["shape"])


def post(models: Models, path: str, body: bytes) -> dict[str, Any]:
    event = {
        "version": "2.0",
        "rawPath": path,
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }
    response = answering.answer(models, event, None)
    assert response["statusCode"] == 200, response["body"]
    answer: dict[str, Any] = orjson.loads(response["body"])
    return answer
