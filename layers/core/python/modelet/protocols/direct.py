"""Direct invokes: `{"model": …, "inputs": …}` from `sam local invoke`, `aws lambda invoke` and Step Functions."""

from typing import Any

from modelet.errors import InvalidRequest
from modelet.messages import HttpResponse, InferRequest
from modelet.predict import Models
from modelet.protocols.body import json_response, served_by
from modelet.protocols.simple import encode
from modelet.registry.names import LIVE
from modelet.tensors.nested import JsonTensor

_KNOWN = {"model", "version", "inputs", "outputs", "id"}


def invoke(models: Models, event: dict[str, Any]) -> HttpResponse:
    """Answer `{"model", "version", "outputs"}`; `version` in the event may be a number or an alias."""
    answer = models.predict(decode(models, event))
    body: dict[str, object] = {"model": answer.model, "version": answer.version, "outputs": encode(answer)}
    return json_response(body | ({"id": answer.id} if answer.id is not None else {}), headers=served_by(answer))


def decode(models: Models, event: dict[str, Any]) -> InferRequest:
    """Read the event; raises InvalidRequest naming the key that is wrong."""
    unknown = sorted(set(event) - _KNOWN)
    if unknown:
        raise InvalidRequest(f"The event has an unknown key {unknown[0]!r}; it may have {', '.join(sorted(_KNOWN))}.")
    inputs, outputs = event.get("inputs"), event.get("outputs")
    model = event.get("model") or models.settings.default_model
    if not isinstance(inputs, dict):
        raise InvalidRequest("The event needs 'inputs', an object of tensors by input name.")
    if not isinstance(model, str):
        raise InvalidRequest("The event needs 'model', the name of a model.")
    if outputs is not None and not (isinstance(outputs, list) and all(isinstance(name, str) for name in outputs)):
        raise InvalidRequest("The event's 'outputs' must be a list of output names.")
    ref, id_ = str(event.get("version") or LIVE), event.get("id")
    tensors = {name: JsonTensor(data) for name, data in inputs.items()}
    return InferRequest(model, ref, tensors, outputs, None if id_ is None else str(id_), bare_rows=True)
