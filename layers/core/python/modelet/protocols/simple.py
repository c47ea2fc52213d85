"""The simple JSON protocol: `{"input": nested list}` in, `{"output": nested list}` out. For curl and requests.

A model whose first dimension is a batch also takes one bare row, and then answers one bare row. The columns of a table
may be named instead of the input that holds them.
"""

from typing import TYPE_CHECKING, Any

from modelet.errors import InvalidInput, InvalidRequest
from modelet.manifest import Manifest
from modelet.messages import HttpRequest, HttpResponse, InferRequest, InferResponse
from modelet.predict import Models
from modelet.protocols.body import json_response, row_of, served_by
from modelet.protocols.tensors import parse_tensors, tensor
from modelet.registry.names import LIVE
from modelet.tensors.nested import to_json

if TYPE_CHECKING:
    from modelet.protocols.invocations.instances import Inputs


def predict_default(models: Models, request: HttpRequest) -> HttpResponse:
    """POST /predict: the deployment's default model answers."""
    if models.settings.default_model is None:
        raise InvalidRequest(
            "This deployment has no default model: set MODELET_DEFAULT_MODEL, or POST /models/{name}/predict."
        )
    return predict(models, request, models.settings.default_model)


def predict(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """POST /models/{model}[/versions/{ref}]/predict."""
    inputs = parse_tensors(request)
    try:
        answer = models.predict(decode(model, ref, inputs))
    except InvalidInput as refused:
        answer = models.predict(_by_columns(model, ref, inputs, refused))
    return json_response(encode(answer), headers=served_by(answer), non_finite=answer.non_finite)


def decode(model: str, ref: str, inputs: dict[str, Any]) -> InferRequest:
    """The keys of the body are the model's input names."""
    return InferRequest(model, ref, {name: tensor(name, data) for name, data in inputs.items()}, bare_rows=True)


def _by_columns(model: str, ref: str, inputs: dict[str, Any], refused: InvalidInput) -> InferRequest:
    def arrange(manifest: Manifest) -> "Inputs":
        from modelet.protocols.columns import by_columns  # no request needs it that names inputs

        return by_columns(inputs, manifest, refused)

    return InferRequest(model, ref, {}, bare_rows=True, arrange=arrange)


def encode(answer: InferResponse) -> dict[str, object]:
    """The keys of the answer are the model's output names."""
    return {name: to_json(row_of(array) if answer.bare else array) for name, array in answer.outputs.items()}
