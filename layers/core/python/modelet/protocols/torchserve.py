"""TorchServe's predictions: a body without an envelope in, the bare prediction out.

Source: https://pytorch.org/serve/inference_api.html. TorchServe leaves bodies to the handler that a model brings; here
its signature says what they are. JSON is a list of rows, an object of tensors by input name, or either of them under
`data`, `body` or `instances`. Other bytes are the one element of an input of text, or the elements of an input of
UINT8. Forms hold the same in fields: `data` or `body`, as often as there are rows, or the names of the inputs. A
version in the path may be a number, an alias, or a number as TorchServe writes it: `2.0`.

What errors say to TorchServe's clients is in `modelet.protocols.words`.
"""

import re
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from modelet.errors import InvalidInput, InvalidRequest, UnsupportedMediaType
from modelet.manifest import Manifest, TensorSpec
from modelet.messages import HttpRequest, HttpResponse, InferRequest
from modelet.predict import Models
from modelet.protocols.body import json_response, served_by
from modelet.protocols.rows import (
    Outputs,
    Rows,
    Tensors,
    Value,
    columns_of,
    have_rows,
    is_list,
    is_object,
    only_input,
    row_alone,
    rows_of,
    to_tensor,
)
from modelet.protocols.tensors import parse_tensors
from modelet.registry.names import LIVE
from modelet.tensors.nested import Array, JsonTensor

if TYPE_CHECKING:
    from modelet.protocols.forms import Field

BODY_KEYS = ("data", "body", "instances")
JSON = "application/json"
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
JSON_TYPES = (JSON, URLENCODED, "application/octet-stream", "")
"""What clients send JSON as, which is told from bytes by what the model takes."""

_DECIMAL_VERSION = re.compile(r"([0-9]+)\.0")


def predict(models: Models, request: HttpRequest, model: str, ref: str = LIVE) -> HttpResponse:
    """POST or PUT /predictions/{model}[/{ref}]."""
    body = Body(request)
    version = _DECIMAL_VERSION.fullmatch(ref)
    asked = InferRequest(model, version[1] if version else ref, {}, bare_rows=True, arrange=body.arrange)
    answer = models.predict(asked)
    held = body.prediction(answer.outputs, answer.bare)
    return json_response(held, headers=served_by(answer), non_finite=answer.non_finite)


class Body:
    """The body of one request, which only the signature of the version that answers can tell what it is."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        self._rows: Rows | None = None

    def arrange(self, manifest: Manifest) -> Tensors:
        """The tensors by input name; raises InvalidRequest saying what the model takes."""
        body = self._request.body
        if not body:
            raise InvalidRequest("The body is empty: send a list of rows, or an object of tensors by input name.")
        is_form = self._media_type in (MULTIPART, URLENCODED)
        if is_form and not (self._media_type == URLENCODED and body.lstrip()[:1] in b"[{"):  # as curl -d calls JSON
            from modelet.protocols.forms import read_form  # which takes a package that reads mail

            return self._of_fields(read_form(self._request), manifest)
        if self._media_type not in (JSON, URLENCODED) and _bytes_input(manifest) is not None:
            return self._of_bytes([body], manifest)
        if self._media_type not in JSON_TYPES and not self._media_type.startswith("text/"):
            raise UnsupportedMediaType(
                f"Model {manifest.model!r} takes no {self._media_type:.80}: send JSON, or a form."
            )
        return self._of_value(self._parse(body), manifest)

    def prediction(self, outputs: Outputs, bare: bool) -> Any:
        """What the caller reads: a list with an element for each row, or one element for one row without a list."""
        if self._rows is not None:
            return self._rows.predictions(outputs, bare)
        if bare:
            return row_alone(outputs)
        return rows_of(outputs) if have_rows(outputs) else columns_of(outputs)

    def _of_fields(self, fields: "Sequence[Field]", manifest: Manifest) -> Tensors:
        specs = {spec.name: spec for spec in manifest.signature.inputs}
        if any(field.name in specs or field.name not in BODY_KEYS for field in fields):
            named = {field.name: self._of_field(field, specs.get(field.name), manifest) for field in fields}
            if len(named) < len(fields):
                raise InvalidRequest("The form has a field twice: the name of an input stands for all of its rows.")
            return named
        target = _bytes_input(manifest)
        if target is not None and all(_is_raw(field, target) for field in fields):
            return self._of_bytes([field.data for field in fields], manifest)
        values = [self._parse(field.data) for field in fields]
        return self._of_value(values[0] if len(values) == 1 else values, manifest)

    def _of_field(self, field: "Field", spec: TensorSpec | None, manifest: Manifest) -> Value | Array:
        if spec is None:
            return JsonTensor(None)  # of which the name is wrong already
        if _takes_bytes(spec, manifest) and _is_raw(field, spec):
            return _element(field.data, spec, manifest)
        return to_tensor(field.name, self._parse(field.data), spec)

    def _of_value(self, value: Any, manifest: Manifest) -> Tensors:
        specs = {spec.name: spec for spec in manifest.signature.inputs}
        if is_object(value) and len(value) == 1 and not specs.keys() & value.keys():
            value = next((value[key] for key in BODY_KEYS if key in value), value)
        if is_list(value):
            self._rows = Rows(value, "body")
            return self._rows.arrange(manifest)
        if is_object(value):
            return {name: to_tensor(name, item, specs.get(name)) for name, item in value.items()}
        name = only_input(manifest, "body")
        return {name: to_tensor(name, value, specs[name])}

    def _of_bytes(self, bodies: Sequence[bytes], manifest: Manifest) -> Tensors:
        (spec,) = manifest.signature.inputs
        rows = [_element(body, spec, manifest) for body in bodies]
        if len(rows) == 1:
            return {spec.name: rows[0]}
        if not manifest.signature.batched or len({np.shape(row) for row in rows}) != 1:
            raise InvalidInput(
                f"Input {spec.name!r} cannot take the {len(rows)} fields as rows: it takes one, or they differ in size."
            )
        return {spec.name: np.stack(rows)}

    def _parse(self, body: bytes) -> Any:
        # Within an object, so that lists take the road of tensors; a body that leaves it is no JSON.
        parsed = parse_tensors(self._request._replace(body=b'{"data": ' + body + b"}"))
        if parsed.keys() != {"data"}:
            raise InvalidRequest("The body is not valid JSON: it must be one list, object or value.")
        return parsed["data"]


def _bytes_input(manifest: Manifest) -> TensorSpec | None:
    inputs = manifest.signature.inputs
    return inputs[0] if len(inputs) == 1 and _takes_bytes(inputs[0], manifest) else None


def _takes_bytes(spec: TensorSpec, manifest: Manifest) -> bool:
    # Where bytes without a shape can be one thing only.
    row = _row_shape(spec, manifest)
    if row is None:
        return False
    if spec.datatype == "BYTES":
        return set(row) <= {1, -1}
    return spec.datatype == "UINT8" and row.count(-1) <= 1 and 0 not in row


def _is_raw(field: "Field", spec: TensorSpec) -> bool:
    # Numbers that are typed into a field are JSON; those of a file are bytes.
    return field.media_type != JSON and (field.is_file or spec.datatype == "BYTES")


def _row_shape(spec: TensorSpec, manifest: Manifest) -> tuple[int, ...] | None:
    return spec.shape[1:] if spec.shape is not None and manifest.signature.batched else spec.shape


def _element(body: bytes, spec: TensorSpec, manifest: Manifest) -> Array:
    # One row without its batch dimension, or for UINT8 as many rows as the bytes fill.
    row = _row_shape(spec, manifest) or ()
    if spec.datatype == "BYTES":
        return np.full([1] * len(row), _text(body, spec), object)
    array = np.frombuffer(body, np.uint8)
    size = prod(length for length in row if length >= 0)
    if len(array) % size or (not manifest.signature.batched and -1 not in row and len(array) != size):
        raise InvalidInput(f"Input {spec.name!r} has rows of {size} bytes, but the body has {len(array)}.")
    return array.reshape(row if -1 in row or len(array) == size else (-1, *row))


def _text(body: bytes, spec: TensorSpec) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"Input {spec.name!r} takes text, and the body is not valid UTF-8.") from None
