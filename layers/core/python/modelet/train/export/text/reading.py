"""Reading texts in a graph: one at a time, as characters and as words."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from modelet.train.export.graph import ML, Graph

if TYPE_CHECKING:
    from onnx import ValueInfoProto

LOCALE = "C.UTF-8"
"""The one that a bare Debian and Lambda have, whatever LANG is; it folds case as Unicode says."""
MICROSOFT = "com.microsoft"
NOTHING = "\uffff"
"""What no text holds, for Unicode keeps it free: it fills what is not there."""


def whole(graph: Graph, numbers: "list[int] | int") -> str:
    """A constant of INT64."""
    import numpy as np

    return graph.constant(np.array(numbers, np.int64), "whole")


def words(graph: Graph, texts: Sequence[str]) -> str:
    """A constant of text, of shape [texts]."""
    import numpy as np

    return graph.constant(np.array(texts, object), "words")


def each_text(graph: Graph, rows: str, body: "Callable[[str], Sequence[ValueInfoProto]]") -> list[str]:
    """Let `body` add nodes for one text, of shape [1], of rows of shape [n, 1]; the answered tensors are stacked."""
    graph.opsets[MICROSOFT] = 1
    texts = graph.add("Reshape", [rows, whole(graph, [-1])])
    count = graph.add("Size", [texts])

    def turn(number: str) -> "Sequence[ValueInfoProto]":
        return body(graph.add("Gather", [texts, graph.add("Reshape", [number, whole(graph, [1])])]))

    return graph.for_each(count, turn)


def matches(graph: Graph, text: str, expression: str) -> str:
    """What a regular expression of RE2 finds in a text of shape [1], in shape [matches]."""
    found = graph.add("Tokenizer", [text], MICROSOFT, mark=0, pad_value=NOTHING, mincharnum=1, tokenexp=expression)
    return flat(graph, found)


def letters(graph: Graph, texts: str) -> str:
    """The characters of texts of shape [n], one after the other, in shape [characters]."""
    split = graph.add("Tokenizer", [texts], MICROSOFT, mark=0, pad_value=NOTHING, mincharnum=1, separators=[""])
    return flat(graph, split)


def looked_up(graph: Graph, keys: str, values: Sequence[tuple[str, Any]], default: Any) -> str:
    """What a table of text or whole numbers has for each key, of which there is one dimension."""
    kind = "strings" if isinstance(default, str) else "int64s"
    default_name = "default_string" if isinstance(default, str) else "default_int64"
    held = {
        "keys_strings": [key for key, _ in values],
        f"values_{kind}": [value for _, value in values],
        default_name: default,
    }
    # Where ONNX knows no type of the keys, for another domain's operator made them, its shape inference crashes.
    typed = graph.add("Concat", [words(graph, []), keys], axis=0)
    return graph.add("LabelEncoder", [typed], ML, **held)


def truth(graph: Graph, tensor: str) -> str:
    """Whole numbers as booleans."""
    return graph.cast(tensor, "bool")


def flat(graph: Graph, tensor: str) -> str:
    """All values in one dimension."""
    return graph.add("Reshape", [tensor, whole(graph, [-1])])


def part(graph: Graph, tensor: str, first: int, end: int) -> str:
    """Some values of a tensor of one dimension, from `first` up to `end`, both counted as Python counts."""
    return graph.add("Slice", [tensor, whole(graph, [first]), whole(graph, [end])])
