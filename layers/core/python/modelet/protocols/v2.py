"""The Open Inference Protocol, version 2, over REST with JSON tensors.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
Where servers differ, the answer is a superset: health answers a body and the status, not ready is 503.
"""

from typing import Any

import numpy as np

from modelet import __version__
from modelet.errors import InvalidInput, InvalidRequest, ModeletError, Unavailable
from modelet.manifest import TensorSpec
from modelet.messages import HttpRequest, HttpResponse, InferRequest, InferResponse
from modelet.predict import Models
from modelet.protocols.body import (
    RETRY_HEADERS,
    error_body,
    json_response,
    served_by,
    version_headers,
)
from modelet.protocols.tensors import parse_tensors
from modelet.registry.names import LIVE
from modelet.session import Array
from modelet.tensors.datatypes import DATATYPES, NUMPY_NAMES
from modelet.tensors.nested import JsonTensor, to_json

PLATFORM = "onnxruntime_onnx"
_NAMES = {np.dtype(numpy_name): datatype for datatype, numpy_name in NUMPY_NAMES.items()}


def server(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /v2."""
    return json_response({"name": "modelet", "version": __version__, "extensions": []})


def live(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /v2/health/live."""
    return json_response({"live": True})


def ready(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /v2/health/ready: 503 while the store cannot be read."""
    try:
        models.check_store()
    except Unavailable as error:
        return json_response({"ready": False, **error_body(error)}, 503, RETRY_HEADERS)
    return json_response({"ready": True})


def metadata(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """GET /v2/models/{model}[/versions/{ref}]."""
    manifest = models.resolve(model, ref)
    return json_response(
        {
            "name": model,
            "versions": [str(version) for version in models.versions(model)],
            "platform": PLATFORM,
            "inputs": [_describe(spec) for spec in manifest.signature.inputs],
            "outputs": [_describe(spec) for spec in manifest.signature.outputs],
        },
        headers=version_headers(model, manifest.version),
    )


def model_ready(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """GET /v2/models/{model}[/versions/{ref}]/ready: loads the model; 503 where it cannot be loaded."""
    try:
        session = models.session(model, ref)
    except InvalidRequest:
        raise
    except ModeletError as error:
        return json_response({"name": model, "ready": False, **error_body(error)}, 503, RETRY_HEADERS)
    headers = version_headers(model, session.manifest.version)
    return json_response({"name": model, "ready": True}, headers=headers)


def infer(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """POST /v2/models/{model}[/versions/{ref}]/infer."""
    answer = models.predict(decode(model, ref, parse_tensors(request, "data")))
    return json_response(encode(answer), headers=served_by(answer))


def decode(model: str, ref: str, body: dict[str, Any]) -> InferRequest:
    """Read an inference request; raises InvalidRequest naming the field that is wrong."""
    inputs: dict[str, JsonTensor] = {}
    for item in _objects(body, "inputs"):
        name = _text(item, "name", "an input")
        if name in inputs:
            raise InvalidInput(f"Input {name!r} is given twice.")
        inputs[name] = _tensor(name, item)
    wanted = body.get("outputs") not in (None, [])
    outputs = [_text(item, "name", "an output") for item in _objects(body, "outputs")] if wanted else None
    id_ = body.get("id")
    if id_ is not None and not isinstance(id_, str):
        raise InvalidRequest("The request's 'id' must be text.")
    return InferRequest(model, ref, inputs, outputs, id_)


def encode(answer: InferResponse) -> dict[str, object]:
    """Write an inference response; data is flat, in row-major order."""
    body: dict[str, object] = {"model_name": answer.model, "model_version": str(answer.version)}
    if answer.id is not None:
        body["id"] = answer.id
    body["outputs"] = [_output(name, array) for name, array in answer.outputs.items()]
    return body


def _output(name: str, array: Array) -> dict[str, object]:
    datatype = _NAMES.get(array.dtype, "BYTES")
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "data": to_json(array.reshape(-1))}


def _describe(spec: TensorSpec) -> dict[str, object]:
    shape = [-1] if spec.shape is None else list(spec.shape)  # the protocol has no way to say: of any rank
    return {"name": spec.name, "datatype": spec.datatype, "shape": shape}


def _tensor(name: str, item: dict[str, Any]) -> JsonTensor:
    datatype, shape = _text(item, "datatype", f"input {name!r}"), item.get("shape")
    if datatype not in DATATYPES:
        raise InvalidInput(
            f"Input {name!r} has an unknown datatype {datatype!r:.80}; there are {', '.join(DATATYPES)}."
        )
    if not isinstance(shape, list) or not all(type(size) is int and 0 <= size < 2**31 for size in shape):
        raise InvalidInput(f"Input {name!r} needs a 'shape', a list of whole numbers of at least 0.")
    if "data" not in item:
        raise InvalidInput(f"Input {name!r} needs 'data'.")
    data = item["data"]
    return JsonTensor(data if isinstance(data, (list, np.ndarray)) else [data], datatype, tuple(shape))


def _objects(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    held = body.get(key)
    if not isinstance(held, list) or set(map(type, held)) != {dict}:
        raise InvalidRequest(f"The request needs '{key}', a list of objects.")
    return held


def _text(item: dict[str, Any], key: str, where: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise InvalidRequest(f"The request has {where} without a '{key}' (text).")
    return value
