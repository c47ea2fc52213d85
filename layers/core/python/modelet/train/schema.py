"""Strict reading of YAML nodes into frozen dataclasses: their fields are the keys, their annotations say what is
allowed, and each mistake is named with its line.
"""

import dataclasses
import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from modelet.errors import ModeletError
from modelet.train.document import Place

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
BOOLEANS = {"true": True, "false": False}
NUMBERS = {
    int: re.compile(r"[-+]?(0|[1-9][0-9]*)"),
    float: re.compile(r"[-+]?(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|nan|inf)"),
}
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be; of a list, each of its numbers."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def hold(self, value: float) -> bool:
        """Whether the value is finite and within the bounds."""
        return (
            math.isfinite(value)
            and (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        names = [(field.name.replace("_", " "), getattr(self, field.name)) for field in dataclasses.fields(self)]
        return " and ".join(f"{name} {limit}" for name, limit in names if limit is not None)


@dataclass(frozen=True, slots=True)
class Checked:
    """A value that `check` looks at, which raises ValueError or a ModeletError with a sentence for the user."""

    check: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class OneOf:
    """A mapping whose `key` names which of several dataclasses it describes."""

    key: str
    kinds: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Short:
    """A mapping that may also be written as the value of this key alone."""

    key: str


@dataclass(frozen=True, slots=True)
class ReadBy:
    """A value that a function reads in a way of its own: from a reader, the node and its path."""

    read: "Callable[[Reader, yaml.Node, str], Any]"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads nodes that came from one place. Every method raises InvalidJob with the path and line of a mistake."""

    place: Place

    def read(self, kind: type[T], node: yaml.Node, path: str = "") -> T:
        """Read a mapping into the dataclass `kind`; a field without a default is a required key."""
        fields = {field.name: field for field in dataclasses.fields(kind)}
        hints = get_type_hints(kind, include_extras=True)
        entries = self._entries(node, path, fields)
        for name, field in fields.items():
            required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            if required and name not in entries:
                raise self.place.wrong(node, f"{path or 'the job'} needs the key {name!r}")
        values = {name: self._value(hints[name], entry, _join(path, name)) for name, entry in entries.items()}
        try:
            return kind(**values)
        except ValueError as error:
            raise self.place.wrong(node, f"{path or 'the job'}: {error}") from None

    def _entries(self, node: yaml.Node, path: str, known: Iterable[str] | None) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.place.wrong(node, f"{path or 'the job'} must be a mapping, but is {_shown(node)}")
        entries: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else _shown(key)
            if known is not None and name not in known:
                raise self.place.wrong(key, _unknown(path, name, list(known)))
            if name in entries:
                raise self.place.wrong(key, f"{_join(path, name)} is given twice")
            entries[name] = value
        return entries

    def _value(self, hint: Any, node: yaml.Node, path: str) -> Any:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(arguments[0], arguments[1], node, path)
        if origin in (Union, UnionType):
            plain = next(argument for argument in arguments if argument is not NoneType)
            return None if _is_null(node) else self._value(plain, node, path)
        if origin is tuple:
            return self._list(arguments[0], node, path)
        if origin is dict:
            entries = self._entries(node, path, get_args(arguments[0]) or None)  # of str: any name
            return {name: self._value(arguments[1], entry, _join(path, name)) for name, entry in entries.items()}
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self.read(hint, node, path)
        return self._scalar(hint, node, path)

    def _annotated(self, hint: Any, mark: Any, node: yaml.Node, path: str) -> Any:
        if isinstance(mark, OneOf):
            return self._chosen(mark, node, path)
        if isinstance(mark, ReadBy):
            return mark.read(self, node, path)
        if isinstance(mark, Short):
            return self._value(hint, _spelt_out(mark, node), path)
        value = self._value(hint, node, path)
        if value is not None:
            self._check(mark, value, node, path)
        return value

    def _check(self, mark: Bounds | Checked, value: Any, node: yaml.Node, path: str) -> None:
        if isinstance(mark, Bounds):
            for number in value if isinstance(value, tuple) else (value,):
                if not mark.hold(number):
                    raise self.place.wrong(node, f"{path} must be {mark}, but is {number:g}")
            return
        try:
            mark.check(value)
        except (ValueError, ModeletError) as error:
            raise self.place.wrong(node, f"{path}: {str(error).rstrip('.')}") from None

    def _chosen(self, choice: OneOf, node: yaml.Node, path: str) -> Any:
        keys = {name.name for kind in choice.kinds.values() for name in dataclasses.fields(kind)}
        if not isinstance(node, yaml.MappingNode):
            raise self.place.wrong(node, f"{path} must be a mapping, but is {_shown(node)}")
        names = [value for key, value in node.value if key.value == choice.key]
        if not names:
            self._entries(node, path, sorted(keys))  # a misspelt key is the better message
            raise self.place.wrong(node, f"{path} needs the key {choice.key!r}: {_one_of(choice.kinds)}")
        name = self._scalar(Literal[tuple(choice.kinds)], names[0], _join(path, choice.key))
        return self.read(choice.kinds[name], node, path)

    def _list(self, hint: Any, node: yaml.Node, path: str) -> tuple[Any, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.place.wrong(node, f"{path} must be a list such as [64, 32], but is {_shown(node)}")
        return tuple(self._value(hint, item, f"{path}[{index}]") for index, item in enumerate(node.value))

    def _scalar(self, hint: Any, node: yaml.Node, path: str) -> Any:
        options = get_args(hint)
        if options:
            if isinstance(node, yaml.ScalarNode) and node.value in options:
                return node.value
            near = _nearest(node.value, options) if isinstance(node, yaml.ScalarNode) else ""
            raise self.place.wrong(node, f"{path} must be {_one_of(options)}, but is {_shown(node)}{near}")
        value = _plain(hint, node) if isinstance(node, yaml.ScalarNode) else None
        if value is None:
            quotes = ": put it in quotes" if hint is str and _kind(node) in ("int", "float", "bool") else ""
            raise self.place.wrong(node, f"{path} must be {WORDS[hint]}, but is {_shown(node)}{quotes}")
        return value


def _spelt_out(short: Short, node: yaml.Node) -> yaml.Node:
    if not isinstance(node, yaml.ScalarNode) or _is_null(node):
        return node
    key = yaml.ScalarNode("tag:yaml.org,2002:str", short.key, node.start_mark, node.end_mark)
    return yaml.MappingNode("tag:yaml.org,2002:map", [(key, node)], node.start_mark, node.end_mark)


def _plain(hint: Any, node: yaml.ScalarNode) -> Any:
    if hint is str:
        return node.value if _kind(node) == "str" and node.value else None
    if node.style is not None:  # quotes and blocks hold text
        return None
    if hint is bool:
        return BOOLEANS.get(node.value)
    # YAML 1.1 takes 1e-3 for text, and 007, 1_000 and 1:30 for numbers that few people expect.
    if not NUMBERS[hint].fullmatch(node.value):
        return None
    return hint(node.value)


def _unknown(path: str, name: str, known: list[str]) -> str:
    return f"{path or 'a job'} has no key {name!r:.80}{_nearest(name, known)}; its keys are {', '.join(known)}"


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _one_of(options: Iterable[str]) -> str:
    return f"one of {', '.join(options)}"


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "empty" if _is_null(node) or not node.value else repr(node.value[:SHOWN])
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"


def _is_null(node: yaml.Node) -> bool:
    return _kind(node) == "null"


def _kind(node: yaml.Node) -> str:
    return str(node.tag).rsplit(":", 1)[-1]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
