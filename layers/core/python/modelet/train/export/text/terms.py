"""TF-IDF as nodes: the same terms as scikit-learn counts, weighed in the same precision."""

from typing import TYPE_CHECKING, Any

from modelet.train.export.graph import Graph
from modelet.train.export.source import Matrix, Source
from modelet.train.export.text.reading import (
    LOCALE,
    NOTHING,
    each_text,
    flat,
    letters,
    looked_up,
    matches,
    part,
    truth,
    whole,
    words,
)
from modelet.train.features.text import SPACES, characters

if TYPE_CHECKING:
    import numpy as np
    from onnx import ValueInfoProto

    Array = np.ndarray[Any, Any]

BREAK = "\ufffe"
"""What no term holds, as `NOTHING`: it keeps the terms of one word from going on in the next."""


def weighed(graph: Graph, vectoriser: Any, rows: Source) -> Source:
    """The rows of text after a fitted TfidfVectorizer."""
    from onnx import helper

    width = len(vectoriser.vocabulary_)

    def body(text: str) -> "list[ValueInfoProto]":
        if vectoriser.lowercase:
            text = graph.add("StringNormalizer", [text], case_change_action="LOWER", locale=LOCALE)
        counts = graph.add("TfIdfVectorizer", [_parts(graph, vectoriser.analyzer, text)], **_terms(vectoriser))
        weights = _weights(graph, vectoriser, counts)
        return [helper.make_tensor_value_info(weights, helper.np_dtype_to_tensor_dtype(_type(graph)), [width])]

    (made,) = each_text(graph, rows.whole(graph), body)
    return Matrix(made, width)


def _type(graph: Graph) -> "np.dtype[Any]":
    import numpy as np

    return np.dtype(graph.precision.datatype)


def _parts(graph: Graph, analyzer: str, text: str) -> str:
    # Of which a term is made: words, or characters. A text has one dimension and its parts too.
    if analyzer == "word":
        letter = f"[{characters(_is_of_words)}]"
        return matches(graph, text, f"{letter}{letter}+")
    spaced, is_space = _spaced(graph, text)
    if analyzer == "char":
        return spaced
    wall = words(graph, [BREAK])
    nothing = words(graph, [NOTHING])
    columns = [
        spaced,
        graph.add("Where", [is_space, wall, nothing]),
        graph.add("Where", [is_space, words(graph, [" "]), nothing]),
    ]
    shaped = [graph.add("Reshape", [column, whole(graph, [-1, 1])]) for column in columns]
    apart = flat(graph, graph.add("Concat", shaped, axis=1))
    is_there = graph.add("Not", [graph.add("Equal", [apart, nothing])])
    return part(graph, graph.add("Compress", [apart, is_there], axis=0), 2, -2)  # the first word has nothing before it


def _is_of_words(character: str) -> bool:
    return character.isalnum() or character == "_"


def _spaced(graph: Graph, text: str) -> tuple[str, str]:
    # The characters with one space before, after and between words, and whether each is one.
    import numpy as np

    space = words(graph, [" "])
    held = graph.add("Concat", [space, letters(graph, text), space], axis=0)
    is_space = truth(graph, looked_up(graph, held, [(each, 1) for each in SPACES], 0))
    no = graph.constant(np.array([False]), "no")
    follows = graph.add("Concat", [no, part(graph, is_space, 0, -1)], axis=0)
    kept = graph.add("Not", [graph.add("And", [is_space, follows])])
    held, is_space = (graph.add("Compress", [tensor, kept], axis=0) for tensor in (held, is_space))
    return graph.add("Where", [is_space, space, held]), is_space


def _terms(vectoriser: Any) -> dict[str, Any]:
    shortest, longest = vectoriser.ngram_range
    pools: list[list[tuple[list[str], int]]] = [[] for _ in range(longest)]
    for term, column in sorted(vectoriser.vocabulary_.items(), key=lambda item: int(item[1])):
        parts = term.split(" ") if vectoriser.analyzer == "word" else list(term)
        pools[len(parts) - 1].append((parts, int(column)))
    starts = [0]
    for pool in pools[:-1]:
        starts.append(starts[-1] + sum(len(parts) for parts, _ in pool))
    return {
        "mode": "TF",
        "min_gram_length": shortest,
        "max_gram_length": longest,
        "max_skip_count": 0,
        "ngram_counts": starts,
        "ngram_indexes": [column for pool in pools for _, column in pool],
        "pool_strings": [part for pool in pools for parts, _ in pool for part in parts],
    }


def _weights(graph: Graph, vectoriser: Any, counts: str) -> str:
    import numpy as np

    tensor = counts if graph.precision.name == "single" else graph.cast(counts, graph.precision.datatype)
    one, zero = graph.constant(np.ones(1), "one"), graph.constant(np.zeros(1), "zero")
    if vectoriser.sublinear_tf:
        grown = graph.add("Add", [graph.add("Log", [graph.add("Max", [tensor, one])]), one])
        tensor = graph.add("Where", [graph.add("Greater", [tensor, zero]), grown, tensor])
    tensor = graph.add("Mul", [tensor, graph.constant(vectoriser.idf_, "rarity")])
    length = graph.add("ReduceL2", [tensor], keepdims=1)
    # A text without any term has no length, and stays as it is.
    return graph.add("Div", [tensor, graph.add("Where", [graph.add("Greater", [length, zero]), length, one])])
