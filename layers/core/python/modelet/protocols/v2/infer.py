"""Inference of the Open Inference Protocol: JSON tensors in, JSON tensors out; what else a request holds is read by the
extension that it belongs to.

Source: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from modelet.errors import InvalidInput, InvalidRequest
from modelet.messages import HttpRequest, HttpResponse, InferRequest, InferResponse, TensorReference
from modelet.phases import shorten
from modelet.predict import Models
from modelet.protocols.body import json_response, served_by
from modelet.protocols.tensors import parse_tensors
from modelet.registry.names import LIVE
from modelet.session import Array
from modelet.tensors.datatypes import DECLARABLE, NUMPY_NAMES
from modelet.tensors.nested import JsonTensor, to_json

if TYPE_CHECKING:
    from modelet.protocols.v2.binary import Tail
    from modelet.tensors.binary import Buffer

HEADER_LENGTH = "inference-header-content-length"

Parameters = Mapping[str, Any]
Input = JsonTensor | TensorReference | Array

_NAMES = {np.dtype(numpy_name): datatype for datatype, numpy_name in NUMPY_NAMES.items()}


class Asked(NamedTuple):
    """A request: the prediction, and the form that its answer is to have.

    `binary` says of each output that was named whether it is to be binary, and `otherwise` of all others; `classes` how
    many classes are to stand for an output.
    """

    request: InferRequest
    binary: Mapping[str, bool] = {}
    otherwise: bool = False
    classes: Mapping[str, object] = {}


def infer(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """POST /v2/models/{model}[/versions/{ref}]/infer."""
    if HEADER_LENGTH in request.headers:
        from modelet.protocols.v2 import binary

        asked = binary.decode(request, model, ref)
    else:
        try:
            held = parse_tensors(request, "data")
        except InvalidRequest as error:
            raise _without_length(error, request.body) from None
        asked = decode(model, ref, held)
    answer = models.predict(asked.request)
    if asked.classes:
        from modelet.protocols.v2.classification import classify

        classes = {name: classify(models, answer, name, answer.outputs[name], n) for name, n in asked.classes.items()}
        answer = answer._replace(outputs={**answer.outputs, **classes})
    return encode(answer, asked)


def decode(model: str, ref: str, body: dict[str, Any], tail: "Tail | None" = None) -> Asked:
    """Read an inference request; inputs without data take theirs from `tail`.

    Raises InvalidRequest naming the field that is wrong.
    """
    inputs: dict[str, Input] = {}
    for item in _objects(body, "inputs"):
        name = _text(item, "name", "an input")
        if name in inputs:
            raise InvalidInput(f"Input {name!r} is given twice.")
        inputs[name] = _tensor(name, item, tail)
    id_ = body.get("id")
    if id_ is not None and not isinstance(id_, str):
        raise InvalidRequest("The request's 'id' must be text.")
    asked = Asked(InferRequest(model, ref, inputs, None, id_))
    if "parameters" in body:
        asked = _with_parameters(asked, _parameters(body, "The request"))
    if body.get("outputs") in (None, []):
        return asked
    wanted = _objects(body, "outputs")
    names = [_text(item, "name", "an output") for item in wanted]
    asked = asked._replace(request=asked.request._replace(outputs=names))
    outputs = {name: _parameters(item, f"Output {name!r}") for name, item in zip(names, wanted, strict=True)}
    return _with_outputs(asked, outputs) if any(outputs.values()) else asked


def _without_length(error: InvalidRequest, body: bytes) -> InvalidRequest:
    if b'"binary_data_size"' not in body:
        return error
    return InvalidRequest(
        f"{error.message} A body with tensors behind its JSON (binary_data_size) needs the header "
        "Inference-Header-Content-Length: the number of bytes of the JSON."
    )


def _with_parameters(asked: Asked, parameters: Parameters) -> Asked:
    if "timeout" in parameters:
        _hurry(parameters["timeout"])
    key = parameters.get("routing_key")
    if key is not None and not isinstance(key, str):
        raise InvalidRequest("The request's parameter 'routing_key' must be text.")
    request = asked.request._replace(routing_key=key, non_finite=parameters.get("non_finite"))
    return asked._replace(request=request, otherwise=_flag(parameters, "binary_data_output", False, "The request"))


def _with_outputs(asked: Asked, outputs: Mapping[str, Parameters]) -> Asked:
    binary = {name: _flag(held, "binary_data", asked.otherwise, f"Output {name!r}") for name, held in outputs.items()}
    classes = {name: held["classification"] for name, held in outputs.items() if "classification" in held}
    return asked._replace(binary=binary, classes=classes)


def encode(answer: InferResponse, asked: Asked) -> HttpResponse:
    """Write an inference response; data in JSON is flat, in row-major order."""
    body: dict[str, object] = {"model_name": answer.model, "model_version": str(answer.version)}
    if answer.id is not None:
        body["id"] = answer.id
    tensors: list[Buffer] = []
    if asked.binary or asked.otherwise:
        body["outputs"] = [
            describe(name, array, tensors if asked.binary.get(name, asked.otherwise) else None)
            for name, array in answer.outputs.items()
        ]
    else:
        body["outputs"] = [describe(name, array) for name, array in answer.outputs.items()]
    response = json_response(body, headers=served_by(answer), non_finite=answer.non_finite)
    if not tensors:
        return response
    from modelet.protocols.v2.binary import append

    return append(response, tensors)


def describe(name: str, array: Array, tensors: "list[Buffer] | None" = None) -> dict[str, object]:
    """Describe an output; its data stay in JSON, or are added to the `tensors` that follow it."""
    output: dict[str, object] = {
        "name": name,
        "datatype": _NAMES.get(array.dtype, "BYTES"),
        "shape": list(array.shape),
    }
    if tensors is None:
        output["data"] = to_json(array.reshape(-1))
        return output
    from modelet.tensors.binary import to_bytes

    tensors.append(to_bytes(array))
    output["parameters"] = {"binary_data_size": len(tensors[-1])}
    return output


def _tensor(name: str, item: dict[str, Any], tail: "Tail | None") -> Input:
    datatype, shape = _text(item, "datatype", f"input {name!r}"), item.get("shape")
    if datatype not in DECLARABLE:
        raise InvalidInput(
            f"Input {name!r} has an unknown datatype {datatype!r:.80}; there are {', '.join(DECLARABLE)}."
        )
    if (
        not isinstance(shape, list)
        or not set(map(type, shape)) <= {int}
        or (shape and not 0 <= min(shape) <= max(shape) < 2**31)
    ):
        raise InvalidInput(f"Input {name!r} needs a 'shape', a list of whole numbers of at least 0.")
    parameters = _parameters(item, f"Input {name!r}") if "parameters" in item else {}
    if "data" in item:
        if "binary_data_size" in parameters or "reference" in parameters:
            other = "binary_data_size" if "binary_data_size" in parameters else "reference"
            raise InvalidInput(f"Input {name!r} has both 'data' and {other!r}.")
        data = item["data"]
        return JsonTensor(data if isinstance(data, (list, np.ndarray)) else [data], datatype, tuple(shape))
    return _elsewhere(name, datatype, tuple(shape), parameters, tail)


def _elsewhere(
    name: str, datatype: str, shape: tuple[int, ...], parameters: Parameters, tail: "Tail | None"
) -> TensorReference | Array:
    """A tensor whose data are not in the JSON."""
    if "reference" in parameters:
        if "binary_data_size" in parameters:
            raise InvalidInput(f"Input {name!r} has both 'reference' and 'binary_data_size'.")
        return TensorReference(_text(parameters, "reference", f"input {name!r}"), datatype, shape)
    if "binary_data_size" not in parameters:
        raise InvalidInput(f"Input {name!r} needs 'data'.")
    if tail is None:
        raise InvalidInput(
            f"Input {name!r} has a 'binary_data_size', but the request has no header Inference-Header-Content-Length "
            "that says where its JSON ends."
        )
    return tail.take(name, datatype, shape, parameters["binary_data_size"])


def _hurry(timeout: object) -> None:
    # Triton's is for the wait in a queue; here, where there is none, it is for the whole answer.
    if type(timeout) is not int or timeout < 0:
        raise InvalidRequest(f"The request's 'timeout' must be a whole number of microseconds, not {timeout!r:.80}.")
    if timeout:
        shorten(timeout / 1e6)


def _objects(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    held = body.get(key)
    if not isinstance(held, list) or not set(map(type, held)) <= {dict}:
        raise InvalidRequest(f"The request needs '{key}', a list of objects.")
    return held


def _parameters(item: dict[str, Any], where: str) -> Parameters:
    held = item.get("parameters")
    if held is None:
        return {}
    if not isinstance(held, dict):
        raise InvalidRequest(f"{where} has 'parameters' that are no object.")
    return held


def _flag(parameters: Parameters, key: str, default: bool, where: str) -> bool:
    held = parameters.get(key, default)
    if not isinstance(held, bool):
        raise InvalidRequest(f"{where} has {key!r} {held!r:.80}: it must be true or false.")
    return held


def _text(item: Parameters, key: str, where: str) -> str:
    value = item.get(key)
    if not isinstance(value, str):
        raise InvalidRequest(f"The request has {where} without a '{key}' (text).")
    return value
