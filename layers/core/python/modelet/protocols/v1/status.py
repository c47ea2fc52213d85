"""Which models there are, whether they can be asked, and what they take."""

from modelet.errors import InvalidRequest, ModeletError
from modelet.manifest import TensorSpec
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.body import RETRY_HEADERS, error_body, json_response, version_headers
from modelet.protocols.v1.predict import SIGNATURE
from modelet.registry.names import LIVE

DTYPES = {
    "BOOL": "DT_BOOL",
    "UINT8": "DT_UINT8",
    "UINT16": "DT_UINT16",
    "UINT32": "DT_UINT32",
    "UINT64": "DT_UINT64",
    "INT8": "DT_INT8",
    "INT16": "DT_INT16",
    "INT32": "DT_INT32",
    "INT64": "DT_INT64",
    "FP16": "DT_HALF",
    "BF16": "DT_BFLOAT16",
    "FP32": "DT_FLOAT",
    "FP64": "DT_DOUBLE",
    "BYTES": "DT_STRING",
}
"""TensorFlow's names of the datatypes:
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/types.proto
"""


def names(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /v1/models."""
    return json_response({"models": models.names()})


def status(models: Models, request: HttpRequest, model: str) -> HttpResponse:
    """GET /v1/models/{model}: loads the version that `live` leads to, and lists all of them, the newest first; 503
    where it cannot be loaded.
    """
    return _status(models, model, LIVE, [*reversed(models.versions(model))])


def version_status(models: Models, request: HttpRequest, model: str, ref: str) -> HttpResponse:
    """GET /v1/models/{model}/versions/{ref} or /labels/{ref}: loads it; 503 where it cannot be loaded."""
    return _status(models, model, ref, [])


def metadata(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """GET /v1/models/{model}[/versions/{ref} or /labels/{ref}]/metadata."""
    manifest = models.resolve(model, ref)
    described = {
        "inputs": {spec.name: _describe(spec) for spec in manifest.signature.inputs},
        "outputs": {spec.name: _describe(spec) for spec in manifest.signature.outputs},
        "method_name": "tensorflow/serving/predict",
    }
    return json_response(
        {
            "model_spec": {"name": model, "signature_name": "", "version": str(manifest.version)},
            "metadata": {"signature_def": {"signature_def": {SIGNATURE: described}}},
        },
        headers=version_headers(model, manifest.version),
    )


def _status(models: Models, model: str, ref: str, versions: list[int]) -> HttpResponse:
    manifest = models.resolve(model, ref)
    lines = [_line(version) for version in versions or [manifest.version]]
    body = {"name": model, "ready": True, "model_version_status": lines}
    headers = version_headers(model, manifest.version)
    try:
        models.session(model, str(manifest.version))
    except InvalidRequest:
        raise
    except ModeletError as error:
        said = error_body(error)
        failed = _line(manifest.version, "END", "UNAVAILABLE", said["error"])
        lines = [failed if line["version"] == failed["version"] else line for line in lines]
        body |= {"ready": False, "model_version_status": lines, **said}
        return json_response(body, 503, {**headers, **RETRY_HEADERS})
    return json_response(body, headers=headers)


def _line(version: int, state: str = "AVAILABLE", code: str = "OK", message: str = "") -> dict[str, object]:
    return {"version": str(version), "state": state, "status": {"error_code": code, "error_message": message}}


def _describe(spec: TensorSpec) -> dict[str, object]:
    sizes = [{"size": str(size), "name": ""} for size in spec.shape or ()]
    shape = {"dim": sizes, "unknown_rank": spec.shape is None}
    return {"dtype": DTYPES[spec.datatype], "tensor_shape": shape, "name": spec.name}
