"""What BERT's normaliser makes of each character, and which characters are words of their own.

It looks at one character at a time: case, accents, control characters and spaces, Chinese. So a table says it all.
https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/normalizers/bert.rs
"""

import unicodedata
from collections.abc import Iterator

from modelet.train.features.encoder.wordpiece import WordPiece
from modelet.train.features.text.characters import every_character

CHINESE = (
    *((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
    *((0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)),
)
REPLACEMENT = "\ufffd"
SPACE = "\t\n\r"


def is_control(character: str) -> bool:
    """Whether a clean text is without this character."""
    if character in SPACE:
        return False
    return character in ("\0", REPLACEMENT) or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs")


def is_space(character: str) -> bool:
    """Whether this character separates words."""
    return character.isspace() and character not in "\x1c\x1d\x1e\x1f"


def is_mark(character: str) -> bool:
    """Whether this character is an accent of its own."""
    return unicodedata.category(character) == "Mn"


def is_chinese(character: str) -> bool:
    """Whether this character is a word, as one of Chinese is."""
    point = ord(character)
    return any(first <= point <= last for first, last in CHINESE)


def is_punctuation(character: str) -> bool:
    """Whether this character is a word, as punctuation is."""
    ascii_mark = character.isascii() and character.isprintable() and not (character.isalnum() or character == " ")
    return ascii_mark or unicodedata.category(character).startswith("P")


def respelt(tokenizer: WordPiece) -> Iterator[tuple[str, str]]:
    """Every character that becomes another one, or several, and what it becomes."""
    for character in every_character():
        changed = _changed(character, tokenizer)
        if changed != character:
            yield character, changed


def _changed(character: str, tokenizer: WordPiece) -> str:
    if tokenizer.strip_accents:
        parts = unicodedata.normalize("NFD", character)
        character = "".join(part for part in parts if not is_mark(part)) if len(parts) > 1 else parts
    return "".join(part.lower() for part in character) if tokenizer.lowercase else character
