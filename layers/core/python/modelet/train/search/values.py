"""What a search may try for one key of a job: a list of values, or a range of numbers."""

from dataclasses import dataclass
from typing import Any

import yaml

from modelet.train.schema import BOOLEANS, NUMBERS, Reader


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; `log` spreads them over orders of magnitude, `int` are whole."""

    low: float
    high: float
    log: bool = False
    int: bool = False

    def __post_init__(self) -> None:
        """Refuse a range with nothing in it."""
        if not self.low < self.high:
            raise ValueError(f"low must be below high, but they are {self.low:g} and {self.high:g}")
        if self.log and self.low <= 0:
            raise ValueError(f"low must be above 0 where log is true, but is {self.low:g}")
        if self.int and (self.low % 1 or self.high % 1):
            raise ValueError("low and high must be whole numbers where int is true")
        if self.int:  # so that they are written as such, where a job is written
            object.__setattr__(self, "low", int(self.low))
            object.__setattr__(self, "high", int(self.high))


Values = tuple[Any, ...] | Range


def read_values(reader: Reader, node: yaml.Node, path: str) -> Values:
    """Read the values of one key; raises InvalidJob."""
    if isinstance(node, yaml.MappingNode):
        return reader.read(Range, node, path)
    if not isinstance(node, yaml.SequenceNode):
        wanted = "a list of values, or {low: …, high: …}"
        raise reader.place.wrong(node, f"{path} must be {wanted}")
    if not node.value:
        raise reader.place.wrong(node, f"{path} has no value to try")
    return tuple(_plain(item) for item in node.value)


def _plain(node: yaml.Node) -> Any:
    # As the job itself will be read: whether a value is right there, is asked there.
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if not isinstance(node, yaml.ScalarNode) or node.style is not None:  # quotes and blocks hold text
        return text
    if node.tag.endswith(":null"):
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    for kind, pattern in NUMBERS.items():
        if pattern.fullmatch(text):
            return kind(text)
    return text
