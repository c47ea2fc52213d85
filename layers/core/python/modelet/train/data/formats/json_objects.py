"""JSON Lines, and JSON arrays of objects: an object is a row, its keys are the columns' names."""

import codecs
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from modelet.errors import InvalidJob
from modelet.train.data.chunks import Chunk
from modelet.train.data.description import Data
from modelet.train.data.objects import Object, reading

ROWS = 8192
"""In one chunk."""
PIECE_BYTES = 1 << 20
LONGEST = 64 << 20
"""The characters that a single row may have."""
SPACE = " \t\r\n"

Row = dict[str, Any]


def read_json(found: Object, data: Data) -> Iterator[Chunk]:
    """The rows of objects that stand one after another, or in an array; a key that an object lacks is a missing value.
    Raises InvalidJob.
    """
    with reading(found, "JSON objects"):
        rows, first = _rows(found), 1
        while block := list(islice(rows, ROWS)):
            batch, plain = _batch(found, block, first, data)
            yield Chunk(found.url, range(first, first + len(block)), batch, plain, has_keys=True)
            first += len(block)


def _rows(found: Object) -> Iterator[Row]:
    decoder, text = json.JSONDecoder(), _Text(found)
    opened = text.skip(SPACE)
    in_array = opened == "["
    if in_array:
        text.at += 1
    number = 0
    while (mark := text.skip(SPACE)) not in ("", "]"):
        number += 1
        if mark != "{":
            raise InvalidJob(f"Row {number} of {found.url} is no JSON object, but begins with {mark!r}.")
        yield text.decode(decoder, number)
        if in_array and text.skip(SPACE) == ",":
            text.at += 1
    if in_array and mark != "]":
        raise InvalidJob(f"{found.url} ends within its array, after row {number}.")


class _Text:
    """The text of an object, as far as it is read and not yet parsed; `at` is where parsing goes on."""

    def __init__(self, found: Object) -> None:
        self._url = found.url
        self._source = found.stream()
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._held = ""
        self._ended = False
        self.at = 0

    def skip(self, letters: str) -> str:
        """Go to the next character that is none of some, and answer it; "" at the end."""
        while True:
            while self.at < len(self._held):
                if (letter := self._held[self.at]) not in letters:
                    return letter
                self.at += 1
            if not self._more():
                return ""

    def decode(self, decoder: json.JSONDecoder, number: int) -> Row:
        """Parse the object that begins here."""
        while True:
            try:
                row, self.at = decoder.raw_decode(self._held, self.at)
            except json.JSONDecodeError as error:
                if len(self._held) - self.at > LONGEST or not self._more():
                    raise InvalidJob(f"Row {number} of {self._url} is not JSON: {error.msg}.") from None
            except RecursionError:
                raise InvalidJob(f"Row {number} of {self._url} is nested too deep.") from None
            else:
                found: Row = row
                return found

    def _more(self) -> bool:
        if self._ended:
            return False
        piece = self._source.read(PIECE_BYTES)
        self._ended = not piece
        self._held = self._held[self.at :] + self._decode.decode(piece, final=self._ended)
        self.at = 0
        return True


def _batch(found: Object, block: list[Row], first: int, data: Data) -> tuple[Any, frozenset[str]]:
    import pyarrow as pa

    names: dict[str, None] = {}
    for row in block:
        names.update(dict.fromkeys(row))
    missing = frozenset(data.missing)
    columns: dict[str, Any] = {}
    plain: set[str] = set()
    for name in names:
        if not data.may_need(name):
            columns[name] = pa.nulls(len(block))
            continue
        values = [row.get(name) for row in block]
        kinds = set(map(type, values))
        if kinds & {list, dict}:
            nested = next(at for at, value in enumerate(values) if isinstance(value, list | dict))
            raise InvalidJob(
                f"Column {name!r} of row {first + nested} of {found.url} is a list or an object, where one value is "
                "expected: drop it."
            )
        columns[name], is_plain = _column(values, missing)
        plain |= {name} if is_plain else set()
    return pa.RecordBatch.from_pydict(columns), frozenset(plain)


def _column(values: list[Any], missing: frozenset[str]) -> tuple[Any, bool]:
    # A column of texts and others is plain.
    import pyarrow as pa

    if str in set(map(type, values)):
        values = [None if isinstance(value, str) and value.strip() in missing else value for value in values]
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {bool}:
        return pa.array(values, pa.bool_()), False
    if kinds <= {bool, int} and all(abs(value or 0) < 2**63 for value in values):
        return pa.array([None if value is None else int(value) for value in values], pa.int64()), False
    if str not in kinds:
        return pa.array([None if value is None else float(value) for value in values], pa.float64()), False
    texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pa.array(texts, pa.string()), kinds != {str}
