"""Predictions, in the content type that the caller takes: JSON as MLflow has it, or CSV and JSON Lines as SageMaker."""

from collections.abc import Mapping

import numpy as np
import orjson

from modelet.errors import NotAcceptable
from modelet.messages import HttpRequest, HttpResponse, InferResponse
from modelet.phases import enter
from modelet.protocols.body import json_response, served_by
from modelet.protocols.invocations.bodies import JSON_LINES, NPY
from modelet.protocols.preferences import weights
from modelet.tensors.nested import Array, to_json

JSON = "application/json"
CSV = "text/csv"
LINE = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
GIVEN = (JSON, CSV, JSON_LINES[0], NPY)


def choose_type(request: HttpRequest) -> str:
    """The content type of the answer, the caller's favourite of those that there are; JSON without an `Accept`.

    Raises NotAcceptable.
    """
    accept = request.headers.get("accept", "").strip()
    if not accept:
        return JSON
    ranges = sorted(weights(accept), key=lambda found: -found[1])
    refused = {media_range for media_range, weight in ranges if weight <= 0}
    there_are = [media_type for media_type in (*GIVEN, *JSON_LINES) if media_type not in refused]
    for media_range, weight in ranges:
        found = next((media_type for media_type in there_are if _matches(media_range, media_type)), None)
        if found and weight > 0:
            return found
    raise NotAcceptable(f"No answer is {accept!r:.200}; accept one of {', '.join(GIVEN)}.")


def encode(answer: InferResponse, media_type: str, headers: Mapping[str, str]) -> HttpResponse:
    """The answer in one of the content types that `choose_type` gives."""
    enter("encode")
    headers = {**served_by(answer), **headers}
    if media_type == CSV:
        from modelet.protocols.invocations.comma_separated import write_csv

        return HttpResponse(200, write_csv(answer.outputs), {**headers, "content-type": CSV})
    if media_type == NPY:
        from modelet.protocols.invocations.numpy_files import write_npy

        return HttpResponse(200, write_npy(answer.outputs), {**headers, "content-type": NPY})
    if media_type == JSON:
        held = {"predictions": predictions(answer.outputs)}
        return json_response(held, headers=headers, non_finite=answer.non_finite)
    return HttpResponse(200, _write_lines(answer), {**headers, "content-type": media_type})


def predictions(outputs: Mapping[str, Array]) -> object:
    """A list of what the only output says of each row; of several outputs, a list of objects by their names.

    Outputs that do not have the same number of rows are one object.
    """
    if len(outputs) == 1:
        (array,) = outputs.values()
        return to_json(array)
    rows = {array.shape[:1] for array in outputs.values()}
    if len(rows) != 1 or rows == {()}:
        return {name: to_json(array) for name, array in outputs.items()}
    ((count,),) = rows
    return [{name: to_json(array[row, ...]) for name, array in outputs.items()} for row in range(count)]


def _write_lines(answer: InferResponse) -> bytes:
    held = predictions(answer.outputs)
    if answer.non_finite == "string":
        from modelet.tensors.nonfinite import spelled  # few requests ask for it

        held = spelled(held)
    if isinstance(held, np.ndarray) and held.size:
        # At once, for a call for each row takes many times as long. Between two rows, and nowhere else, there are as
        # many brackets as a row has dimensions.
        opening, closing = b"[" * (held.ndim - 1), b"]" * (held.ndim - 1)
        rows = orjson.dumps(held, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
        return rows.replace(closing + b"," + opening, closing + b"\n" + opening) + b"\n"
    lines = bytearray()  # a list of them all would hold each with the kilobyte that it was written into
    for row in _each(held):
        lines += orjson.dumps(row, option=LINE)
    return bytes(lines)


def _each(held: object) -> list[object]:
    return list(held) if isinstance(held, (list, np.ndarray)) else [held]


def _matches(media_range: str, media_type: str) -> bool:
    return media_range in (media_type, "*/*", f"{media_type.partition('/')[0]}/*")
