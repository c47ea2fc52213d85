"""The tokenizer of BERT as nodes: a text in, the numbers of its tokens out.

The operator of onnxruntime-extensions splits words into pieces. What else BERT's tokenizer does is done around it: that
library's own one takes the texts of a batch for parts of one, keeps some accents and drops other letters with theirs,
and keeps the pieces of a word that has a part without one.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from modelet.manifest.document import EXTENSIONS
from modelet.train.export.graph import Graph
from modelet.train.export.text.reading import (
    NOTHING,
    each_text,
    flat,
    looked_up,
    matches,
    part,
    truth,
    whole,
    words,
)
from modelet.train.features.encoder.spelling import (
    is_chinese,
    is_control,
    is_mark,
    is_punctuation,
    is_space,
    respelt,
)
from modelet.train.features.encoder.wordpiece import WordPiece
from modelet.train.features.text import characters

if TYPE_CHECKING:
    from onnx import ValueInfoProto


class Tokens(NamedTuple):
    """Tensors of shape [n, longest]: the tokens' numbers, and 1 where there is one."""

    numbers: str
    mask: str


def tokenised(graph: Graph, tokenizer: WordPiece, most: int, rows: str) -> Tokens:
    """The tokens of texts of shape [n, 1], the first `most` of each, filled up to the longest of the batch."""
    from onnx import TensorProto, helper

    graph.opsets[EXTENSIONS] = 1

    def body(text: str) -> "list[ValueInfoProto]":
        pieces = _numbers(graph, tokenizer, most, _split(graph, tokenizer, text))
        count = graph.add("Size", [pieces])
        filling = whole(graph, [tokenizer.vocabulary[tokenizer.padding]] * most)
        filled = part(graph, graph.add("Concat", [pieces, filling], axis=0), 0, most)
        places = whole(graph, list(range(most)))
        mask = graph.cast(graph.add("Less", [places, count]), "int64")
        return [helper.make_tensor_value_info(name, TensorProto.INT64, [most]) for name in (filled, mask)]

    numbers, mask = each_text(graph, rows, body)
    lengths = graph.add("ReduceSum", [mask, whole(graph, [1])], keepdims=0)
    longest = graph.add("ReduceMax", [graph.add("Concat", [lengths, whole(graph, [2])], axis=0)], keepdims=1)
    return Tokens(*(_cut(graph, tensor, longest) for tensor in (numbers, mask)))


def _cut(graph: Graph, tensor: str, length: str) -> str:
    return graph.add("Slice", [tensor, whole(graph, [0]), length, whole(graph, [1])])


def _split(graph: Graph, tokenizer: WordPiece, text: str) -> str:
    # The words of a text, spelt as the vocabulary spells them.
    held = matches(graph, text, f"[^{characters(_dropped(tokenizer))}]")
    if table := list(respelt(tokenizer)):
        changed = looked_up(graph, held, table, NOTHING)
        stays = graph.add("Equal", [changed, words(graph, [NOTHING])])
        held = graph.add("Where", [stays, held, changed])
    joined = graph.add("StringJoin", [held, words(graph, [""]), whole(graph, [0])], EXTENSIONS)
    alone = characters(_alone if tokenizer.split_chinese else is_punctuation)
    return matches(graph, flat(graph, joined), f"[{alone}]|[^{alone}{characters(is_space)}]+")


def _alone(character: str) -> bool:
    return is_punctuation(character) or is_chinese(character)


def _dropped(tokenizer: WordPiece) -> Callable[[str], bool]:
    clean, strip = tokenizer.clean, tokenizer.strip_accents
    return {
        (True, True): _control_or_mark,
        (True, False): is_control,
        (False, True): is_mark,
        (False, False): _nothing,
    }[clean, strip]


def _control_or_mark(character: str) -> bool:
    return is_control(character) or is_mark(character)


def _nothing(character: str) -> bool:
    return character == NOTHING


def _numbers(graph: Graph, tokenizer: WordPiece, most: int, split: str) -> str:
    # The first word is the mark of the beginning, so that there always is one; each word has at least one piece.
    held = graph.add("Concat", [words(graph, [tokenizer.begin]), part(graph, split, 0, most)], axis=0)
    rows = graph.add(
        "Range", [whole(graph, 0), graph.add("Add", [graph.add("Size", [held]), whole(graph, 1)]), whole(graph, 1)]
    )
    attributes: dict[str, Any] = {
        "vocab": orjson.dumps(dict(tokenizer.vocabulary)),
        "suffix_indicator": tokenizer.prefix,
        "max_input_chars_per_word": tokenizer.longest_word,
        "unknown_token": tokenizer.unknown,
    }
    pieces, offsets, _, _ = graph.add_several("WordpieceTokenizer", [held, rows], 4, EXTENSIONS, **attributes)
    unknown = tokenizer.vocabulary[tokenizer.unknown]
    numbers = looked_up(graph, pieces, list(tokenizer.vocabulary.items()), unknown)
    kept = graph.add("Compress", [numbers, _kept(graph, numbers, offsets, unknown)], axis=0)
    end = whole(graph, [tokenizer.vocabulary[tokenizer.end]])
    return graph.add("Concat", [part(graph, kept, 0, most - 1), end], axis=0)


def _kept(graph: Graph, numbers: str, offsets: str, unknown: int) -> str:
    # Of a word that holds an unknown piece, only that.
    is_unknown = graph.add("Equal", [numbers, whole(graph, [unknown])])
    counted = graph.add("CumSum", [graph.cast(is_unknown, "int64"), whole(graph, 0)])
    counted = graph.add("Concat", [whole(graph, [0]), counted], axis=0)
    starts, ends = part(graph, offsets, 0, -1), part(graph, offsets, 1, 2**31)
    unknowns = graph.add("Sub", [graph.add("Gather", [counted, ends]), graph.add("Gather", [counted, starts])])
    begins = graph.add("ConstantOfShape", [graph.add("Shape", [numbers])], value=_zero())
    ones = graph.add("Sign", [graph.add("Sub", [ends, starts])])
    begins = graph.add("ScatterElements", [begins, starts, ones], axis=0)
    word = graph.add("Sub", [graph.add("CumSum", [begins, whole(graph, 0)]), whole(graph, 1)])
    is_whole = graph.add("Not", [truth(graph, graph.add("Gather", [unknowns, word]))])
    return graph.add("Or", [is_whole, is_unknown])


def _zero() -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor("zero", TensorProto.INT64, [1], [0])
