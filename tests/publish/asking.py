"""Pushing a model as a user would, and asking what was pushed over the wire."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from onnx import ModelProto

from modelet.config import Settings
from modelet.errors import RefusedModel
from modelet.manifest import Manifest
from modelet.messages import HttpRequest
from modelet.predict import Models
from modelet.publish import Limits, push
from modelet.routes import dispatch
from modelet.store import open_store
from modelet.tensors.datatypes import NUMPY_NAMES
from tests.onnx_models import save

Array = np.ndarray[Any, Any]

DATATYPES = {numpy_name: datatype for datatype, numpy_name in NUMPY_NAMES.items()}


@dataclass(frozen=True)
class Pushed:
    """A model in a store, and everything that can be asked."""

    manifest: Manifest
    models: Models

    def v2(self, **inputs: Array) -> dict[str, Array]:
        """Outputs by name, for inputs by name."""
        return self.infer(inputs)

    def infer(self, inputs: dict[str, Array]) -> dict[str, Array]:
        """The same for names that Python cannot spell; whatever is answered must be as the signature says."""
        body = {"inputs": [_tensor(name, array) for name, array in inputs.items()]}
        answer = self._post("/v2/models/m/infer", body)
        outputs = {output["name"]: _array(output) for output in answer["outputs"]}
        for spec in self.manifest.signature.outputs:
            assert DATATYPES[outputs[spec.name].dtype.name] == spec.datatype
            assert spec.mismatch(outputs[spec.name].shape) is None
        return outputs

    def simple(self, body: dict[str, Any]) -> dict[str, Any]:
        """The simple JSON protocol."""
        return self._post("/models/m/predict", body)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = dispatch(self.models, HttpRequest("POST", path, body=orjson.dumps(body)))
        assert response.status == 200, response.body
        answer: dict[str, Any] = orjson.loads(response.body)
        return answer

    @property
    def inputs(self) -> dict[str, tuple[str, tuple[int, ...] | None]]:
        return {spec.name: (spec.datatype, spec.shape) for spec in self.manifest.signature.inputs}

    @property
    def outputs(self) -> dict[str, tuple[str, tuple[int, ...] | None]]:
        return {spec.name: (spec.datatype, spec.shape) for spec in self.manifest.signature.outputs}


def f32(values: object) -> Array:
    """An FP32 array."""
    return np.array(values, np.float32)


def pushed(made: ModelProto, folder: Path) -> Pushed:
    """Push a model as version 1 of `m`."""
    return pushed_file(save(made, folder / "model.onnx"))


def pushed_file(path: Path, limits: Limits | None = None) -> Pushed:
    """Push a file as version 1 of `m`."""
    store = open_store(f"memory://{uuid.uuid4().hex}")
    manifest = push(store, path, "m", limits=limits)
    return Pushed(manifest, Models(store, Settings(store=store.url, log=False)))


def refusal(candidate: ModelProto | Path, folder: Path, limits: Limits | None = None) -> str:
    """Why a candidate is refused; that must be in plain words, and nothing may have been written."""
    path = candidate if isinstance(candidate, Path) else save(candidate, folder / "model.onnx")
    store = open_store(f"file://{folder}/refusing")

    with pytest.raises(RefusedModel) as refused:
        push(store, path, "m", limits=limits)

    message = refused.value.message
    assert message.endswith(".")
    assert not message.endswith("..")
    for leak in ("/onnxruntime_src", ".cc:", ".h:", "Traceback", "::", "ONNXRuntimeError", "/tmp/modelet-", "[with "):
        assert leak not in message, message
    assert not (folder / "refusing").exists()
    return message


def _tensor(name: str, array: Array) -> dict[str, Any]:
    datatype = DATATYPES[array.dtype.name]
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": array.reshape(-1).tolist()}


def _array(output: dict[str, Any]) -> Array:
    return np.array(output["data"], dtype=NUMPY_NAMES[output["datatype"]]).reshape(output["shape"])
