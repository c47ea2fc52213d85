"""The tokenizer that BERT and its relatives have, read from Hugging Face's tokenizer.json.

What that file describes is done by the exported graph itself. So only a description that is understood to the last key
is taken. https://huggingface.co/docs/tokenizers/pipeline
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from modelet.errors import InvalidJob

LONGEST_WORD = 100


@dataclass(frozen=True, slots=True)
class WordPiece:
    """Words are split into the longest pieces that the vocabulary holds, from the left; `vocabulary` is by piece, and
    all but the first piece of a word begin with `prefix`. A word with a part that is no piece is `unknown` as a whole.
    """

    vocabulary: Mapping[str, int]
    begin: str
    end: str
    unknown: str
    padding: str
    prefix: str = "##"
    longest_word: int = LONGEST_WORD
    lowercase: bool = True
    strip_accents: bool = True
    clean: bool = True
    split_chinese: bool = True


def read_tokenizer(data: bytes, where: str) -> WordPiece:
    """Read a tokenizer.json; raises InvalidJob, naming what it has that an ONNX model could not do."""
    try:
        held = orjson.loads(data)
        model, normaliser = held["model"], held["normalizer"] or {}
        _check(held, model, normaliser, where)
        begin, end = _marks(held["post_processor"])
        tokenizer = _described(held, model, normaliser, (begin, end))
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        raise InvalidJob(
            f"features.encoder.tokenizer: {where} is not the tokenizer.json of Hugging Face's tokenizers."
        ) from None
    missing = [
        token
        for token in (tokenizer.begin, tokenizer.end, tokenizer.unknown, tokenizer.padding)
        if token not in tokenizer.vocabulary
    ]
    if missing:
        raise InvalidJob(f"features.encoder.tokenizer: the vocabulary of {where} lacks {missing[0]!r:.80}.")
    return tokenizer


def _check(held: Any, model: Any, normaliser: Any, where: str) -> None:
    kinds = {
        "model": (model.get("type", "WordPiece"), "WordPiece"),
        "normalizer": (normaliser.get("type"), "BertNormalizer"),
        "pre_tokenizer": ((held["pre_tokenizer"] or {}).get("type"), "BertPreTokenizer"),
    }
    for part, (found, wanted) in kinds.items():
        if found != wanted:
            raise InvalidJob(
                f"features.encoder.tokenizer: {where} has the {part} {found!r:.80}, and only {wanted} can become part "
                "of a model: use an encoder with the tokenizer of BERT, such as MiniLM or BGE."
            )


def _marks(processor: Any) -> tuple[str, str]:
    if processor["type"] == "BertProcessing":
        return processor["cls"][0], processor["sep"][0]
    begin, _, end = processor["single"]
    return begin["SpecialToken"]["id"], end["SpecialToken"]["id"]


def _described(held: Any, model: Any, normaliser: Any, marks: tuple[str, str]) -> WordPiece:
    added = {token["content"]: token["id"] for token in held.get("added_tokens") or []}
    lowercase = normaliser["lowercase"]
    stripped = normaliser.get("strip_accents")
    return WordPiece(
        {**model["vocab"], **added},
        *marks,
        unknown=model["unk_token"],
        padding=(held.get("padding") or {}).get("pad_token", "[PAD]"),
        prefix=model["continuing_subword_prefix"],
        longest_word=model.get("max_input_chars_per_word", LONGEST_WORD),
        lowercase=lowercase,
        strip_accents=lowercase if stripped is None else stripped,
        clean=normaliser["clean_text"],
        split_chinese=normaliser["handle_chinese_chars"],
    )
