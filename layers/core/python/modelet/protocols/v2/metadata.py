"""What the server and its models are, and whether they can be asked.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
Where servers differ, the answer is a superset: health answers a body and the status, not ready is 503.
"""

from modelet import __version__
from modelet.errors import InvalidRequest, ModeletError, Unavailable
from modelet.manifest import TensorSpec
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.body import RETRY_HEADERS, error_body, json_response, version_headers
from modelet.registry.names import LIVE

PLATFORM = "onnxruntime_onnx"
EXTENSIONS = (
    "binary_tensor_data",
    "classification",
    "model_configuration",
    "model_repository",
    "parameters",
    "statistics",
)
"""Of the names that Triton lists, those that are served. Of model_repository all but `unload`, which is refused."""


def server(models: Models, request: HttpRequest) -> HttpResponse:
    """GET /v2."""
    return json_response({"name": "modelet", "version": __version__, "extensions": EXTENSIONS})


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


def _describe(spec: TensorSpec) -> dict[str, object]:
    shape = [-1] if spec.shape is None else list(spec.shape)  # the protocol has no way to say: of any rank
    return {"name": spec.name, "datatype": spec.datatype, "shape": shape}
