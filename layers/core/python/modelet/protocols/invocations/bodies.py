"""Bodies → what makes the inputs of a version, once its manifest is known: by content type, and in JSON by its keys.

MLflow's formats: https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/#accepted-input-formats
SageMaker's: https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import orjson

from modelet.errors import InvalidRequest, UnsupportedMediaType
from modelet.manifest import Manifest
from modelet.messages import HttpRequest, TensorReference
from modelet.protocols.invocations.frames import Frame, frame_of_records, tensors_of
from modelet.protocols.invocations.instances import from_instances, from_named
from modelet.protocols.tensors import parse_tensors
from modelet.tensors.nested import Array, JsonTensor

Inputs = Mapping[str, JsonTensor | TensorReference | Array]
Arrange = Callable[[Manifest], Inputs]

JSON_LINES = ("application/jsonlines", "application/x-jsonlines", "application/jsonl", "application/x-ndjson")
NPY = "application/x-npy"
TAKEN = ("application/json", "text/csv", "application/jsonlines", NPY)
_JSON = ("", "application/json", "application/x-www-form-urlencoded")  # curl -d calls everything a form


def read_body(request: HttpRequest) -> Arrange:
    """What makes the inputs of the body; raises UnsupportedMediaType for a content type that is not taken, and
    InvalidRequest saying what is wrong with a body.
    """
    media_type, parameters = _content_type(request)
    if media_type in _JSON:
        return _list_body(request) if request.body.lstrip()[:1] == b"[" else _object_body(request)
    if media_type == "text/csv":
        from modelet.protocols.invocations.comma_separated import read_csv

        return read_csv(request.body, parameters.get("header"))
    if media_type in JSON_LINES:
        return _lines_body(request)
    if media_type == NPY:
        from modelet.protocols.invocations.numpy_files import read_npy

        return read_npy(request.body)
    raise UnsupportedMediaType(f"The content type {media_type!r:.80} is not read; send one of {', '.join(TAKEN)}.")


def _content_type(request: HttpRequest) -> tuple[str, dict[str, str]]:
    media_type, *given = [part.strip().lower() for part in request.headers.get("content-type", "").split(";")]
    parameters = {name: value.strip('"') for name, _, value in (part.partition("=") for part in given)}
    if parameters.get("charset", "utf-8") not in ("utf-8", "us-ascii"):
        raise UnsupportedMediaType(f"The charset {parameters['charset']!r:.80} is not read; send UTF-8.")
    return media_type, parameters


def _object_body(request: HttpRequest) -> Arrange:
    # Numbers of a table lie one level deeper than those of tensors.
    body = parse_tensors(request, "data" if b'"dataframe_split"' in request.body else None)
    given = [name for name in _FORMATS if name in body]
    if len(given) != 1:
        raise InvalidRequest(
            f"The body needs exactly one of {', '.join(_FORMATS)}, but has {' and '.join(given) or 'none of them'}."
        )
    for name in body:
        if name not in (*given, "params"):
            raise InvalidRequest(f"The body has an unknown key {name!r:.200} beside {given[0]!r}.")
    params = body.get("params")
    if params is not None and not (isinstance(params, dict) and not params):
        raise InvalidRequest("The body has 'params', but models here have no parameters: leave them out.")
    return _FORMATS[given[0]](body[given[0]])


def _list_body(request: HttpRequest) -> Arrange:
    return _instances(_wrapped(request, request.body))


def _lines_body(request: HttpRequest) -> Arrange:
    lines = [line for line in request.body.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        _check_line(number, line)
    instances = _wrapped(request, b"[%b]" % b",\n".join(lines))
    if len(instances) != len(lines):
        raise InvalidRequest(f"The body has {len(lines)} lines, but {len(instances)} values: send one in each line.")
    return _instances(instances)


def _check_line(number: int, line: bytes) -> None:
    # All lines are parsed at once: only one whose brackets look odd, as those in text may, is parsed alone.
    if line.count(b"[") == line.count(b"]") and line.count(b"{") == line.count(b"}"):
        return
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"Line {number} of the body is not valid JSON: {error}.") from None


def _wrapped(request: HttpRequest, instances: bytes) -> Any:
    # As a member of an object, so that whatever reads those reads this; a body that closes the object is no list.
    body = parse_tensors(request._replace(body=b'{"instances":\n%b}' % instances))
    if list(body) != ["instances"]:
        raise InvalidRequest("The body is not valid JSON: it is more than one list.")
    return body["instances"]


def _instances(held: object) -> Arrange:
    return lambda manifest: from_instances(held, manifest)


def _inputs(held: object) -> Arrange:
    if isinstance(held, dict):
        return lambda manifest: from_named(held, manifest)
    return _instances(held)


def _split(held: object) -> Arrange:
    if not isinstance(held, dict) or "data" not in held:
        raise InvalidRequest("'dataframe_split' must be an object with 'columns' and 'data'.")
    for name in held:
        if name not in ("columns", "data", "index"):
            raise InvalidRequest(f"'dataframe_split' has an unknown key {name!r:.200}; it has columns, index and data.")
    frame = Frame(_names(held.get("columns")), _table(held["data"], "'data'"))
    return lambda manifest: tensors_of(frame, manifest)


def _names(columns: object) -> tuple[str, ...] | None:
    # What pandas calls the columns of a table that has no names.
    if columns is None or (isinstance(columns, list) and columns == list(range(len(columns)))):
        return None
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise InvalidRequest("'columns' must be a list of names.")
    return tuple(columns)


def _records(held: object) -> Arrange:
    if not isinstance(held, list) or not all(isinstance(record, dict) for record in held):
        raise InvalidRequest("'dataframe_records' must be a list of objects.")
    frame = frame_of_records(held) if held else Frame(None, [])
    return lambda manifest: tensors_of(frame, manifest)


def _table(held: object, what: str) -> Any:
    if isinstance(held, (list, np.ndarray)):
        return held
    raise InvalidRequest(f"{what} must be a list of rows, but is {held!r:.80}.")


_FORMATS: Mapping[str, Callable[[object], Arrange]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _instances,
    "inputs": _inputs,
}
