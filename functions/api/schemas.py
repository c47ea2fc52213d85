"""The bodies of the data plane as the OpenAPI page describes them, by the names that its table of routes uses."""

from typing import Any

from modelet.tensors.datatypes import DATATYPES, DECLARABLE

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_DATATYPE: Json = {"type": "string", "enum": list(DATATYPES)}
_DECLARED: Json = {"type": "string", "enum": list(DECLARABLE)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _object(properties: Json, optional: tuple[str, ...] = ()) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


_SHAPE = _list({"type": "integer"})
_SPEC = _object({"name": _TEXT, "datatype": _DATATYPE, "shape": _SHAPE})
_PARAMETERS: Json = {
    "type": "object",
    "description": "Those that no extension defines are ignored.",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_TENSOR = _object(
    {"name": _TEXT, "datatype": _DECLARED, "shape": _SHAPE, "parameters": _PARAMETERS, "data": _list({})},
    ("parameters", "data"),
)
_OUTPUT = _object({"name": _TEXT, "parameters": _PARAMETERS}, ("parameters",))
_COUNT = {"type": "integer", "minimum": 0}
_SPENT = _object({"count": _COUNT, "ns": _COUNT})
_COMPUTED = dict.fromkeys(("compute_input", "compute_infer", "compute_output"), _SPENT)
_CONFIGURED = _list(_object({"name": _TEXT, "data_type": _TEXT, "dims": _SHAPE}))

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
            {"id": _TEXT, "parameters": _PARAMETERS, "inputs": _list(_TENSOR), "outputs": _list(_OUTPUT)},
            ("id", "parameters", "outputs"),
        ),
        "examples": [{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2.0]}]}],
    },
    "InferenceResponse": _object(
        {"id": _TEXT, "model_name": _TEXT, "model_version": _TEXT, "outputs": _list(_TENSOR)}, ("id",)
    ),
    "TensorUpload": _object(
        {
            "reference": {**_TEXT, "description": "What requests then send in place of the data: `{reference: …}`."},
            "upload": _object(
                {
                    "method": _TEXT,
                    "url": _TEXT,
                    "headers": {"type": "object"},
                    "expires_in": {"type": "integer"},
                    "max_bytes": {**_COUNT, "description": "Of all tensors that one request refers to."},
                }
            ),
        }
    ),
    "Answer": {"description": "The very answer, with its status and content type."},
    "Running": _object({"id": _TEXT, "status": {"type": "string", "enum": ["running"]}}),
    "Elsewhere": _object(
        {
            "reference": {**_TEXT, "description": "A URL, from which the answer can be got until it expires."},
            "size": _COUNT,
            "content_type": _TEXT,
            "expires_in": {**_COUNT, "description": "Seconds."},
            "error": {**_TEXT, "description": "What to do, for clients that take a redirect for an error."},
        }
    ),
    "ModelList": _object({"models": _list(_TEXT)}),
    "ModelConfiguration": _object(
        {
            "name": _TEXT,
            "platform": _TEXT,
            "backend": _TEXT,
            "version_policy": {"type": "object"},
            "max_batch_size": {"type": "integer"},
            "input": _CONFIGURED,
            "output": _CONFIGURED,
        }
    ),
    "Statistics": _object(
        {
            "model_stats": _list(
                _object(
                    {
                        "name": _TEXT,
                        "version": _TEXT,
                        "last_inference": {**_COUNT, "description": "Milliseconds since the epoch; 0 for never."},
                        "inference_count": {**_COUNT, "description": "Rows."},
                        "execution_count": _COUNT,
                        "inference_stats": _object({"success": _SPENT, "fail": _SPENT, "queue": _SPENT, **_COMPUTED}),
                        "batch_stats": _list(_object({"batch_size": _COUNT, **_COMPUTED})),
                    }
                )
            )
        }
    ),
    "IndexRequest": _object({"ready": {"type": "boolean"}}, ("ready",)),
    "Index": _list(
        _object(
            {
                "name": _TEXT,
                "version": _TEXT,
                "state": {"type": "string", "enum": ["READY", "UNAVAILABLE"]},
                "reason": _TEXT,
            }
        )
    ),
    "Ping": _object({"status": {"type": "string", "enum": ["Healthy", "Unhealthy"]}}),
    "Alive": _object({"status": {"type": "string", "enum": ["alive"]}}),
    "Version": _TEXT,
    "Rows": {
        "description": "A list of rows, or an object with one of these. A table's columns come in any order.",
        "anyOf": [
            _list({}),
            _object({"instances": _list({})}),
            _object({"inputs": {"description": "A tensor, or tensors by input name."}}),
            _object({"dataframe_split": _object({"columns": _list({}), "data": _list({})}, ("columns",))}),
            _object({"dataframe_records": _list({"type": "object"})}),
        ],
        "examples": [{"instances": [[1.0, 2.0]]}],
    },
    "Predictions": _object({"predictions": {"description": "One for each row; of several outputs an object each."}}),
    "InvocationError": _object(
        {
            "error": _TEXT,
            "code": _TEXT,
            "error_code": {**_TEXT, "description": "The code in words of MLflow."},
            "message": {**_TEXT, "description": "The same sentence, as MLflow and SageMaker have it."},
        }
    ),
    "LoadRequest": {"type": "object"},
    "Loaded": _object({"name": _TEXT, "load": {"type": "boolean"}, "versions": _list(_TEXT)}),
    "V1Request": {
        "type": "object",
        "description": "Either `instances` or `inputs`.",
        "properties": {
            "signature_name": {"type": "string", "enum": ["serving_default"]},
            "instances": {**_list({}), "description": "Rows: bare for one input, else objects by input name."},
            "inputs": {"description": "Tensors by input name, or the tensor of the only input."},
        },
        "examples": [{"instances": [[1.0, 2.0]]}],
    },
    "V1Response": _object(
        {
            "predictions": {"description": "One for each row; of several outputs an object each."},
            "outputs": {"description": "Tensors by output name, or the tensor of the only output."},
        },
        ("predictions", "outputs"),
    ),
    "Examples": {
        **_object(
            {"signature_name": _TEXT, "context": {"type": "object"}, "examples": _list({"type": "object"})},
            ("signature_name", "context"),
        ),
        "examples": [{"examples": [{"x": [1.0, 2.0]}]}],
    },
    "Results": _object({"results": {**_list({}), "description": "One for each example."}}),
    "ModelStatus": _object(
        {
            "name": _TEXT,
            "ready": {"type": "boolean"},
            "model_version_status": _list(
                _object(
                    {
                        "version": _TEXT,
                        "state": {"type": "string", "enum": ["AVAILABLE", "END"]},
                        "status": _object({"error_code": _TEXT, "error_message": _TEXT}),
                    }
                )
            ),
        }
    ),
    "SignatureDefinition": _object(
        {
            "model_spec": _object({"name": _TEXT, "signature_name": _TEXT, "version": _TEXT}),
            "metadata": _object({"signature_def": {"type": "object"}}),
        }
    ),
    "TorchServeBody": {
        "description": "A list of rows, tensors by input name, or either of them under `data`, `body` or `instances`; "
        "bytes for a model that takes them, and forms.",
        "examples": [[[1.0, 2.0]]],
    },
    "Anything": {"description": "The bare prediction: one for each row; of several outputs an object each."},
    "TorchServeError": _object(
        {
            "error": _TEXT,
            "message": _TEXT,
            "type": _TEXT,
            "code": {"type": "integer", "description": "The status, as TorchServe has it."},
            "reason": {**_TEXT, "description": "The stable word that is `code` elsewhere."},
        }
    ),
}
