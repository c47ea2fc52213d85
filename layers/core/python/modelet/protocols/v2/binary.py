"""The binary tensor extension: tensors as raw bytes behind the JSON of a request or an answer.

Source: https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from collections.abc import Sequence
from functools import partial
from math import prod

from modelet.errors import InvalidInput, InvalidRequest
from modelet.manifest import Manifest, TensorSpec
from modelet.messages import HttpRequest, HttpResponse, InferRequest
from modelet.protocols.tensors import parse_tensors
from modelet.protocols.v2.infer import HEADER_LENGTH, Asked
from modelet.protocols.v2.infer import decode as read
from modelet.tensors.binary import STORED, Buffer, framed, from_bytes
from modelet.tensors.nested import Array

OCTETS = "application/octet-stream"


class Tail:
    """The bytes behind the JSON, from which the inputs take their tensors, one after another."""

    def __init__(self, body: bytes, start: int) -> None:
        self._left = memoryview(body)[start:]

    def take(self, name: str, datatype: str, shape: tuple[int, ...], size: object) -> Array:
        """The next tensor, of `size` bytes; raises InvalidInput where those are not what it needs."""
        if type(size) is not int or size < 0:
            raise InvalidInput(
                f"Input {name!r} has 'binary_data_size' {size!r:.80}: it must be the number of its bytes."
            )
        if size > len(self._left):
            raise InvalidInput(
                f"Input {name!r} has 'binary_data_size' {size}, but the body has only {len(self._left)} bytes left."
            )
        data, self._left = self._left[:size], self._left[size:]
        return from_bytes(name, data, datatype, shape)

    def end(self) -> None:
        """Raise InvalidRequest for bytes that no input has taken."""
        if self._left:
            raise InvalidRequest(
                f"The body has {len(self._left)} bytes more than its inputs take by their 'binary_data_size'."
            )


def decode(request: HttpRequest, model: str, ref: str) -> Asked:
    """Read a request with a header length: its JSON and the tensors behind it, or without JSON the only one."""
    length = _header_length(request)
    if length == 0:
        return Asked(InferRequest(model, ref, {}, arrange=partial(_only_input, request.body)), otherwise=True)
    tail = Tail(request.body, length)
    held = parse_tensors(request._replace(body=request.body[:length]), "data")
    asked = read(model, ref, held, tail)
    tail.end()
    return asked


def append(response: HttpResponse, tensors: Sequence[Buffer]) -> HttpResponse:
    """The answer with these tensors, each a buffer, behind its JSON."""
    headers = {**response.headers, "content-type": OCTETS, HEADER_LENGTH: str(len(response.body))}
    return HttpResponse(response.status, b"".join([response.body, *tensors]), headers)


def _header_length(request: HttpRequest) -> int:
    given = request.headers[HEADER_LENGTH].strip()
    if not (given.isascii() and given.isdigit() and len(given) < 20):
        raise InvalidRequest(
            f"The header Inference-Header-Content-Length must be a number of bytes, not {given!r:.80}."
        )
    if int(given) > len(request.body):
        raise InvalidRequest(
            f"The header Inference-Header-Content-Length is {given}, but the body has {len(request.body)} bytes."
        )
    return int(given)


def _only_input(body: bytes, manifest: Manifest) -> dict[str, Array]:
    """The tensor that a body without JSON is: its name, datatype and shape are the model's."""
    inputs = manifest.signature.inputs
    if len(inputs) != 1:
        names = ", ".join(repr(spec.name) for spec in inputs)
        raise InvalidRequest(
            f"A body without JSON is one tensor, but model {manifest.model!r} has {len(inputs)} inputs: {names}."
        )
    (spec,) = inputs
    if spec.datatype == "BYTES":
        return {spec.name: from_bytes(spec.name, framed(body), spec.datatype, _of_one(spec))}
    shape = _raw_shape(spec, manifest.signature.batched, len(body))
    return {spec.name: from_bytes(spec.name, body, spec.datatype, shape)}


def _of_one(spec: TensorSpec) -> tuple[int, ...]:
    shape = (1,) if spec.shape is None else tuple(map(abs, spec.shape))
    if prod(shape) != 1:
        raise InvalidInput(
            f"A body without JSON is one element of datatype BYTES, but input {spec.name!r} has shape "
            f"{list(spec.shape or ())}."
        )
    return shape


def _raw_shape(spec: TensorSpec, batched: bool, size: int) -> tuple[int, ...]:
    shape = [-1] if spec.shape is None else list(spec.shape)
    if batched and shape.count(-1) > 1:
        shape[0] = 1  # Triton's way: a batch of one
    if shape.count(-1) > 1:
        raise InvalidInput(
            f"Input {spec.name!r} has shape {shape}, more than one dimension of which is variable: a body without JSON "
            "does not say how large they are."
        )
    step = STORED[spec.datatype].itemsize * prod(size for size in shape if size >= 0)
    if -1 in shape and (size % step if step else size):
        raise InvalidInput(
            f"Input {spec.name!r} of datatype {spec.datatype} and shape {shape} needs a multiple of {step} bytes, but "
            f"the body has {size}."
        )
    return tuple(held if held >= 0 else size // max(1, step) for held in shape)
