"""The YAML text of a job as nodes that know their lines. Nothing is constructed from it: a tag runs no code, an alias
multiplies nothing, nesting cannot exhaust the stack.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from modelet.errors import InvalidJob

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
PLAIN_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a description came from: a file, whose lines mean something to its author, or an event, which has none."""

    name: str
    has_lines: bool = True

    def wrong(self, node: yaml.Node, problem: str) -> InvalidJob:
        """The error for a mistake at a node."""
        return self.wrong_at(node.start_mark, problem)

    def wrong_at(self, mark: Any, problem: str) -> InvalidJob:
        """The error for a mistake at a mark of the parser; without a mark, it is one of the whole document."""
        line = f", line {mark.line + 1}" if self.has_lines and mark else ""
        return InvalidJob(f"{self.name}{line}: {problem}.")


def compose(data: bytes, place: Place) -> yaml.Node:
    """Read one YAML document into nodes; raises InvalidJob with the line of what is not plain YAML."""
    if len(data) > MAX_BYTES:
        raise InvalidJob(f"{place.name} has {len(data)} bytes, more than the {MAX_BYTES} of a job.")
    try:
        node = yaml.compose(data.decode(), Loader=_PlainLoader)
    except UnicodeDecodeError as error:
        raise InvalidJob(f"{place.name} is not UTF-8: {error}.") from None
    except yaml.MarkedYAMLError as error:
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise place.wrong_at(error.problem_mark, f"this is not the YAML of a job: {problem}") from None
    except yaml.YAMLError as error:
        raise InvalidJob(f"{place.name} is not YAML: {' '.join(str(error).split())}.") from None
    if node is None:
        raise InvalidJob(f"{place.name} is empty: a job needs at least model, data and estimator.")
    return node


class _PlainLoader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        parser: Any = self  # whose methods have no types
        event = parser.peek_event()
        if isinstance(event, yaml.AliasEvent):
            raise _refusal("aliases are not allowed", event)
        if self.depth == MAX_DEPTH:
            raise _refusal(f"it is nested over {MAX_DEPTH} deep", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        if node is not None and node.tag not in PLAIN_TAGS:
            raise _refusal(_foreign(node), node)
        if isinstance(node, yaml.ScalarNode) and any("\ud800" <= letter <= "\udfff" for letter in node.value):
            raise _refusal("it holds half a character (a lone surrogate)", node)
        return node


def _refusal(problem: str, where: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(None, None, problem, where.start_mark)


def _foreign(node: yaml.Node) -> str:
    kind = node.tag.rsplit(":", 1)[-1]
    if kind in ("merge", "timestamp", "value"):
        return f"{node.value!r} means a {kind} in YAML: put it in quotes"
    return f"the tag {node.tag!r} is not allowed"
