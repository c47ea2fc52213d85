"""Direct invokes: `{"model": …, "inputs": …}` from `sam local invoke`, `aws lambda invoke` and Step Functions."""

from typing import Any

from modelet.errors import InvalidRequest
from modelet.messages import HttpResponse, InferRequest
from modelet.predict import Models
from modelet.protocols.body import json_response, served_by
from modelet.protocols.simple import encode
from modelet.protocols.tensors import tensor
from modelet.registry.names import LIVE

_KNOWN = ("model", "version", "inputs", "outputs", "id", "routing_key", "non_finite")


def invoke(models: Models, event: dict[str, Any]) -> HttpResponse:
    """Answer `{"model", "version", "outputs"}`; `version` in the event may be a number or an alias."""
    answer = models.predict(decode(models, event))
    body: dict[str, object] = {"model": answer.model, "version": answer.version, "outputs": encode(answer)}
    if answer.id is not None:
        body["id"] = answer.id
    return json_response(body, headers=served_by(answer), non_finite=answer.non_finite)


def decode(models: Models, event: dict[str, Any]) -> InferRequest:
    """Read the event; raises InvalidRequest naming the key that is wrong."""
    unknown = [name for name in event if name not in _KNOWN]
    if unknown:
        raise InvalidRequest(f"The event has an unknown key {unknown[0]!r:.200}; it may have {', '.join(_KNOWN)}.")
    inputs = event.get("inputs")
    if not isinstance(inputs, dict):
        raise InvalidRequest("The event needs 'inputs', an object of tensors by input name.")
    model = _text(event, "model") or models.settings.default_model
    if model is None:
        raise InvalidRequest("The event needs 'model', the name of a model: this deployment has no default one.")
    tensors = {name: tensor(name, data) for name, data in inputs.items()}
    id_, key = _text(event, "id"), _text(event, "routing_key")
    asked = InferRequest(model, _ref(event), tensors, _outputs(event), id_, bare_rows=True, routing_key=key)
    return asked._replace(non_finite=event["non_finite"]) if "non_finite" in event else asked


def _ref(event: dict[str, Any]) -> str:
    version = event.get("version")
    if type(version) is int:
        return str(version)
    if version is not None and not isinstance(version, str):
        raise InvalidRequest(f"The event's 'version' must be a number or an alias, but is {version!r:.80}.")
    return _text(event, "version") or LIVE


def _outputs(event: dict[str, Any]) -> list[str] | None:
    outputs = event.get("outputs")
    if outputs is None or (isinstance(outputs, list) and all(isinstance(name, str) for name in outputs)):
        return outputs
    raise InvalidRequest("The event's 'outputs' must be a list of output names.")


def _text(event: dict[str, Any], key: str) -> str | None:
    value = event.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"The event's {key!r} must be text, but is {value!r:.80}.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(f"The event's {key!r} is not valid Unicode: {value!r:.80}.") from None
    return value
