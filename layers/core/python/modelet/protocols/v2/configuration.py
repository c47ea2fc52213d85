"""The model configuration extension: what Triton's config.pbtxt would say of a model, as JSON.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_configuration.md
"""

from typing import Final

from modelet.manifest import TensorSpec
from modelet.messages import HttpRequest, HttpResponse
from modelet.predict import Models
from modelet.protocols.body import json_response, version_headers
from modelet.protocols.v2.metadata import PLATFORM
from modelet.registry.names import LIVE

ANY_NUMBER: Final = 2**31 - 1
"""The batch size of models that set no limit: the largest that the field holds."""


def configuration(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """GET /v2/models/{model}[/versions/{ref}]/config; `dims` leave out a batch dimension, as Triton's do."""
    manifest = models.resolve(model, ref)
    signature = manifest.signature
    return json_response(
        {
            "name": model,
            "platform": PLATFORM,
            "backend": "onnxruntime",
            "version_policy": {"all": {}},
            "max_batch_size": ANY_NUMBER if signature.batched else 0,
            "input": [_describe(spec, signature.batched) for spec in signature.inputs],
            "output": [_describe(spec, signature.batched) for spec in signature.outputs],
            "instance_group": [{"name": model, "kind": "KIND_CPU", "count": 1}],
            "default_model_filename": "model.onnx",
        },
        headers=version_headers(model, manifest.version),
    )


def _describe(spec: TensorSpec, batched: bool) -> dict[str, object]:
    datatype = "STRING" if spec.datatype == "BYTES" else spec.datatype
    dims = [-1] if spec.shape is None else list(spec.shape[batched:])
    described: dict[str, object] = {"name": spec.name, "data_type": f"TYPE_{datatype}", "dims": dims}
    # One element for each row: Triton has no empty `dims` beside a batch dimension.
    return described if dims or not batched else {**described, "dims": [1], "reshape": {"shape": []}}
