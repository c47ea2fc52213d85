"""How characters are seen, by Python and by the exported graph alike: one by one, so that no neighbour matters, and by
the tables of this very Python, which go into the graph.
"""

import sys
from collections.abc import Callable, Iterator
from functools import cache

SURROGATES = range(0xD800, 0xE000)


def every_character() -> Iterator[str]:
    """Every character that UTF-8 can hold."""
    return (chr(point) for point in range(sys.maxunicode + 1) if point not in SURROGATES)


@cache
def characters(belongs: Callable[[str], bool]) -> str:
    """The characters that belong to a class, as ranges for the brackets of a regular expression of RE2."""
    ranges: list[list[int]] = []
    for character in filter(belongs, every_character()):
        point = ord(character)
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in ranges)


SPACES = tuple(character for character in map(chr, range(0x3001)) if character.isspace())
"""What separates words."""


@cache
def _lower() -> dict[int, str]:
    # One at a time: the capital I with a dot has two characters in small, and a sigma at the end of a word is another.
    held = {ord(character): character.lower()[0] for character in every_character()}
    return {point: small for point, small in held.items() if ord(small) != point}


def lowered(text: str) -> str:
    """The text in small letters, character by character."""
    return text.lower() if text.isascii() else text.translate(_lower())


def padded(text: str) -> str:
    """The words of a text with one space between them, and one before and after."""
    return " ".join(["", *text.split(), ""])
