"""Whether each value of a search space can stand where it is to be put: looked at when the job is read, so that a
mistake is named with its line and not after an hour.

Values are tried one at a time. What is wrong only together with others is left to the trials, which may fail.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from modelet.errors import InvalidJob
from modelet.train.document import Place
from modelet.train.schema import Reader

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entry = tuple[yaml.Node, yaml.Node]

_MAP, _STR, _FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("map", "str", "float"))
_BETWEEN = 0.382
"""Where between the ends of a range a third value is tried: one that is whole only where the range says so."""


@dataclass(frozen=True)
class _Noting(Place):
    # Remembers which nodes were wrong.
    nodes: list[yaml.Node] = field(default_factory=list)

    def wrong(self, node: yaml.Node, problem: str) -> InvalidJob:
        self.nodes.append(node)
        return super().wrong(node, problem)


def check_values(kind: "type[DataclassInstance]", node: yaml.Node, place: Place) -> None:
    """Read a job of this `kind` with each value of its search space in turn; raises InvalidJob."""
    space = _entry(_entry(node, "search"), "space")
    assert isinstance(space, yaml.MappingNode)
    names = {_sections(key): values for key, values in space.value if _last(key) == "name"}
    for key, values in space.value:
        sections, mark = _sections(key), _named(_last(key), key)
        others = [] if _last(key) == "name" else _tried(names.get(sections))
        bases = [node, *(_put(node, sections, (_named("name", name), name)) for name in others)]
        for value in _tried(values):
            problems = [_problem(kind, base, sections, (mark, value), place) for base in bases]
            if all(problems):
                raise next(problem for problem in problems if problem)


def _problem(
    kind: "type[DataclassInstance]", base: yaml.Node, sections: tuple[str, ...], entry: Entry, place: Place
) -> InvalidJob | None:
    noting = _Noting(place.name, place.has_lines)
    try:
        Reader(noting).read(kind, _put(base, sections, entry))
    except InvalidJob as error:
        ours = {id(part) for part in (entry[0], *_parts(entry[1]))}
        return error if any(id(wrong) in ours for wrong in noting.nodes) else None
    return None


def _put(node: yaml.Node | None, sections: tuple[str, ...], entry: Entry) -> yaml.MappingNode:
    # A copy of a mapping with another entry, some sections deep.
    key, value = entry
    if sections:
        key, value = _named(sections[0], key), _put(_entry(node, sections[0]), sections[1:], entry)
    kept = [held for held in _entries(node) if held[0].value != key.value]
    if key.value == "name" and _shown(_entry(node, "name")) != _shown(value):
        kept = []  # the options of one estimator are not those of another
    where = node or key
    return yaml.MappingNode(_MAP, [*kept, (key, value)], where.start_mark, where.end_mark)


def _tried(values: yaml.Node | None) -> list[yaml.Node]:
    # A list's values; of a range its ends, and one between them.
    if values is None or isinstance(values, yaml.SequenceNode):
        return list(values.value) if values else []
    low, high = _entry(values, "low"), _entry(values, "high")
    assert isinstance(low, yaml.ScalarNode)
    assert isinstance(high, yaml.ScalarNode)
    between = float(low.value) + _BETWEEN * (float(high.value) - float(low.value))
    whole = _shown(_entry(values, "int")) == "true"
    text = str(round(between)) if whole else repr(between)
    return [low, high, yaml.ScalarNode(_FLOAT, text, values.start_mark, values.end_mark)]


def _entries(node: yaml.Node | None) -> list[Entry]:
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return next((value for key, value in _entries(node) if key.value == name), None)


def _named(name: str, where: yaml.Node) -> yaml.Node:
    return yaml.ScalarNode(_STR, name, where.start_mark, where.end_mark)


def _sections(key: yaml.Node) -> tuple[str, ...]:
    return tuple(str(key.value).split(".")[:-1])


def _last(key: yaml.Node) -> str:
    return str(key.value).rpartition(".")[2]


def _shown(node: yaml.Node | None) -> str | None:
    return node.value if isinstance(node, yaml.ScalarNode) else None


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    yield node
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _parts(item)
    for key, value in _entries(node):
        yield key
        yield from _parts(value)
