"""CSV both ways, as RFC 4180 has it: with the header row that MLflow sends, or without one, as SageMaker does.

https://www.rfc-editor.org/rfc/rfc4180
https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html#cdf-csv-format
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from modelet.errors import InvalidRequest, NotAcceptable
from modelet.manifest import Manifest
from modelet.manifest.columns import known_columns
from modelet.protocols.invocations.frames import Frame, check_table, tensors_of
from modelet.tensors.datatypes import INTEGER_RANGES
from modelet.tensors.nested import Array, JsonTensor

CRLF = "\r\n"  # with a line's end of less, the module would not put quotes around the other half
LONGEST_WHOLE = 40
"""In digits: no datatype holds more, and longer ones take time."""

_PLAIN = re.compile(r"[-+0-9.eE,\s\"]*")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"(?i:nan|([-+]?)inf(?:inity)?)")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def read_csv(body: bytes, header: str | None) -> Callable[[Manifest], Mapping[str, JsonTensor | Array]]:
    """What makes the inputs of a table; `header` is `present`, `absent` or unknown: then the first row is one where it
    names columns, or holds text where the model takes numbers.

    Raises InvalidRequest naming the line that is no CSV.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"The body is not valid UTF-8: {error.reason} at byte {error.start}.") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise InvalidRequest(f"Line {reader.line_num} of the body is not valid CSV: {error}.") from None
    plain = _PLAIN.fullmatch(text) is not None
    return lambda manifest: tensors_of(_frame(rows, header, manifest, plain), manifest)


def _frame(rows: list[list[str]], header: str | None, manifest: Manifest, plain: bool) -> Frame:
    check_table(manifest)
    types = {column.name: column.datatype for column in known_columns(manifest)}
    (first, *others) = rows or [[]]
    if rows and _is_header(first, types, manifest, header):
        names, datatypes = tuple(first), [types.get(name, "BYTES") for name in first]
        return Frame(names, [_values(row, datatypes, plain) for row in others])
    datatypes = list(types.values()) or [manifest.signature.inputs[0].datatype] * len(first)
    return Frame(None, [_values(row, datatypes, plain) for row in rows])


def _is_header(row: Sequence[str], types: Mapping[str, str], manifest: Manifest, said: str | None) -> bool:
    if said in ("present", "absent"):
        return said == "present"
    if types and all(field in types for field in row):
        return True
    datatypes = list(types.values()) or [spec.datatype for spec in manifest.signature.inputs]
    if len(datatypes) != len(row):
        datatypes = [datatypes[0]] * len(row) if len(set(datatypes)) == 1 else ["FP64"] * len(row)
    return any(_is_text(field, datatype) for field, datatype in zip(row, datatypes, strict=True))


def _is_text(field: str, datatype: str) -> bool:
    return bool(field) and datatype != "BYTES" and isinstance(_value(field, datatype), str) and not _not_finite(field)


def _values(row: list[str], datatypes: Sequence[str], plain: bool) -> list[Any]:
    if len(row) != len(datatypes):
        return row  # whose length is refused
    if plain and all(datatype.startswith("FP") for datatype in datatypes):
        try:
            return list(map(float, row))
        except ValueError:
            pass  # a field is empty, say
    return [_value(field, datatype) for field, datatype in zip(row, datatypes, strict=True)]


def _value(field: str, datatype: str) -> Any:
    # What is no value of the datatype stays text, for which it is refused.
    if datatype == "BYTES":
        return field
    text = field.strip()
    if not text:
        return None
    if datatype == "BOOL":
        return _BOOLEANS.get(text.lower(), field)
    if datatype in INTEGER_RANGES and _WHOLE.fullmatch(text) and len(text) <= LONGEST_WHOLE:
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    return _not_finite(text) or field


def _not_finite(field: str) -> str | None:
    found = _NOT_FINITE.fullmatch(field.strip())
    if not found:
        return None
    return "NaN" if found[1] is None else f"{found[1].strip('+')}Infinity"


def write_csv(outputs: Mapping[str, Array]) -> bytes:
    """Lines of numbers and text, one for each row, without a header; what all outputs say of a row is in its line.

    Numbers are as short as they can be without loss; NaN and Infinity, which JSON cannot hold, are empty fields. Raises
    NotAcceptable where the outputs do not have the same number of rows.
    """
    blocks = [_fields(array) for array in outputs.values()]
    if len({len(block) for block in blocks}) > 1:
        found = ", ".join(f"{name!r} has {len(block)}" for name, block in zip(outputs, blocks, strict=True))
        raise NotAcceptable(f"CSV has a line for each row, but of the outputs {found}: accept application/json.")
    written: list[str] = []
    rows = ([field for part in line for field in part] for line in zip(*blocks, strict=True))
    csv.writer(_Sink(written.append), lineterminator=CRLF).writerows(rows)
    return "".join(f"{line.removesuffix(CRLF)}\n" for line in written).encode(errors="backslashreplace")


class _Sink(NamedTuple):
    write: Callable[[str], None]


def _fields(array: Array) -> list[list[str]]:
    rows = array.reshape(array.shape[0], prod(array.shape[1:])) if array.ndim else array.reshape(1, 1)
    found: list[list[str]]
    match array.dtype.kind:
        case "b":
            found = np.where(rows, "true", "false").tolist()
        case "f":
            found = np.where(np.isfinite(rows), rows.astype(str), "").tolist()
        case _:  # text, and whole numbers
            found = rows.tolist()
    return found
