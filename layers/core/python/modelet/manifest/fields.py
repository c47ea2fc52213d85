"""Strict reading of JSON objects: each field is typed, each mistake is named with its path, unknown fields are kept."""

from typing import Any, TypeVar

import orjson

from modelet.errors import CorruptObject, InvalidRequest, UnknownSchema

T = TypeVar("T")


class Fields:
    """The fields of one JSON object, taken one by one; `rest` is what nobody took."""

    def __init__(self, where: str, held: object) -> None:
        if not isinstance(held, dict):
            raise CorruptObject(f"{where} must be a JSON object.")
        self.where = where
        self.rest: dict[str, Any] = dict(held)

    @classmethod
    def parse(cls, where: str, data: bytes, schema: int) -> "Fields":
        """Read a whole document and check its schema number; raises CorruptObject or UnknownSchema."""
        try:
            fields = cls(where, orjson.loads(data))
        except orjson.JSONDecodeError as error:
            raise CorruptObject(f"{where} is not JSON: {error}.") from None
        found = fields.take("schema", int)
        if found != schema:
            raise UnknownSchema(
                f"{where} has schema {found}, but this Modelet knows {schema}: "
                "use the Modelet that wrote it, or a newer one."
            )
        return fields

    def take(self, name: str, kind: type[T]) -> T:
        """Take a required field of exactly this type."""
        value = self.rest.pop(name, None)
        if type(value) is not kind:
            raise self.wrong(name, f"must be {_word(kind)}, but is {value!r:.80}")
        return value

    def maybe(self, name: str, kind: type[T]) -> T | None:
        """Take an optional field; null counts as absent."""
        if self.rest.get(name) is None:
            self.rest.pop(name, None)
            return None
        return self.take(name, kind)

    def number(self, name: str) -> float:
        """Take a required number."""
        value = self.rest.pop(name, None)
        if type(value) not in (int, float):
            raise self.wrong(name, f"must be a number, but is {value!r:.80}")
        return float(value)

    def each(self, name: str) -> "list[Fields]":
        """Take a required list of objects."""
        return [Fields(f"{self.where}: {name}[{index}]", item) for index, item in enumerate(self.take(name, list))]

    def within(self, name: str) -> "Fields":
        """Take a required object."""
        return Fields(f"{self.where}: {name}", self.take(name, dict))

    def wrong(self, name: str, problem: str) -> CorruptObject:
        """The error for a field that is not as it must be."""
        return CorruptObject(f"{self.where}: {name} {problem}.")


def encode(document: dict[str, Any]) -> bytes:
    """The bytes of a document; raises InvalidRequest for a value that JSON cannot hold."""
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError as error:
        raise InvalidRequest(f"This cannot be written as JSON: {error}.") from None


def _word(kind: type) -> str:
    return {str: "text", int: "a whole number", list: "a list", dict: "an object", bool: "true or false"}[kind]
