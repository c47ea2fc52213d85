"""The data plane as the OpenAPI page describes it. Its routes are `modelet.routes.ROUTES`, which this function cannot
import, for they bring the runtime along; a test holds both tables to the same paths.
"""

from typing import Any, NamedTuple

from modelet.tensors.datatypes import DATATYPES

Json = dict[str, Any]


class Operation(NamedTuple):
    """One route of the data plane: names of schemas for its body (None for no body) and its answer."""

    method: str
    path: str
    summary: str
    body: str | None
    answer: str


_SIMPLE = ("Tensors", "Tensors")
_VERSIONED = "/v2/models/{model}/versions/{ref}"

OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/predict", "Predict with the default model", *_SIMPLE),
    Operation("POST", "/models/{model}/predict", "Predict with a model", *_SIMPLE),
    Operation("POST", "/models/{model}/versions/{ref}/predict", "Predict with a version of a model", *_SIMPLE),
    Operation("GET", "/v2", "The server", None, "ServerMetadata"),
    Operation("GET", "/v2/health/live", "Whether the server runs", None, "Health"),
    Operation("GET", "/v2/health/ready", "Whether the server reaches its store", None, "Health"),
    Operation("GET", "/v2/models/{model}", "Inputs and outputs of a model", None, "ModelMetadata"),
    Operation("GET", "/v2/models/{model}/ready", "Whether a model can be loaded", None, "Health"),
    Operation("POST", "/v2/models/{model}/infer", "Predict with a model", "InferenceRequest", "InferenceResponse"),
    Operation("GET", _VERSIONED, "Inputs and outputs of a version", None, "ModelMetadata"),
    Operation("GET", f"{_VERSIONED}/ready", "Whether a version can be loaded", None, "Health"),
    Operation("POST", f"{_VERSIONED}/infer", "Predict with a version", "InferenceRequest", "InferenceResponse"),
)

_TEXT: Json = {"type": "string"}
_DATATYPE: Json = {"type": "string", "enum": list(DATATYPES)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _object(properties: Json, optional: tuple[str, ...] = ()) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


_SHAPE = _list({"type": "integer"})
_SPEC = _object({"name": _TEXT, "datatype": _DATATYPE, "shape": _SHAPE})
_TENSOR = _object({"name": _TEXT, "datatype": _DATATYPE, "shape": _SHAPE, "data": _list({})})

SCHEMAS: Json = {
    "Tensors": {
        "type": "object",
        "description": "Nested lists by the model's input names, and in the answer by its output names. A model whose "
        "first dimension is a batch also takes one bare row, and answers one.",
        "additionalProperties": {},
        "examples": [{"x": [[1.0, 2.0]]}],
    },
    "ServerMetadata": _object({"name": _TEXT, "version": _TEXT, "extensions": _list(_TEXT)}),
    "Health": _object(
        {"name": _TEXT, "live": {"type": "boolean"}, "ready": {"type": "boolean"}}, ("name", "live", "ready")
    ),
    "ModelMetadata": _object(
        {
            "name": _TEXT,
            "versions": _list(_TEXT),
            "platform": _TEXT,
            "inputs": _list(_SPEC),
            "outputs": _list(_SPEC),
        }
    ),
    "InferenceRequest": {
        **_object(
            {"id": _TEXT, "inputs": _list(_TENSOR), "outputs": _list(_object({"name": _TEXT}))}, ("id", "outputs")
        ),
        "examples": [{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2.0]}]}],
    },
    "InferenceResponse": _object(
        {"id": _TEXT, "model_name": _TEXT, "model_version": _TEXT, "outputs": _list(_TENSOR)}, ("id",)
    ),
}
