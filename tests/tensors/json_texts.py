"""JSON texts as strangers write them: any way to write a number, a key or a gap; tensors, and what is almost one."""

from math import prod
from typing import Any

from hypothesis import strategies as st

TOKENS = [
    "-0", "-0.0", "0.1", "1E2", "1e-400", "1e400", "2.0", "5e-324", "1.7976931348623157e308", "3.4028236e38", "65504",
    "65519.99", "65520", "127", "128", "-129", "255", "256", "9007199254740991", "9007199254740992", "9007199254740993",
    "-9007199254740993", "9007199254740992.0", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1" * 400, "0." + "3" * 400, "01", "1.", "+1", "NaN", "-Infinity",
]  # fmt: skip
KEYS = ["x", "\\u0078", "data", "x\\u0000", "inputs", "é", "[", ""]

gaps = st.sampled_from(["", "", "", " ", "\n\t"])
numbers = st.integers().map(str) | st.floats(allow_nan=False, allow_infinity=False).map(repr) | st.sampled_from(TOKENS)
modest = st.integers(-(2**53) + 1, 2**53 - 1).map(str) | st.floats(-(2.0**52), 2.0**52).map(repr)
others = st.sampled_from(
    ["true", "false", "null", '"text"', '"[1]"', '"\\ud800"', '"\\u00e9"', "{}", "[]", "{,}", "tru"]
)


@st.composite
def tensors(draw: st.DrawFn, leaves: st.SearchStrategy[str] = numbers) -> str:
    """Numbers nested to one shape."""
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    level = draw(st.lists(leaves, min_size=prod(shape), max_size=prod(shape)))
    for size in reversed(shape):
        level = [f"[{draw(gaps)}{', '.join(level[at : at + size])}]" for at in range(0, len(level), size)]
    return level[0]


def lists(held: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Lists of anything, so mostly ragged ones."""
    return st.lists(held, max_size=3).map(lambda items: f"[{','.join(items)}]")


def objects(held: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Objects; keys may come twice, and escaped."""
    member = st.tuples(st.sampled_from(KEYS), gaps, held).map(lambda parts: f'"{parts[0]}"{parts[1]}:{parts[2]}')
    return st.lists(member, max_size=3).map(lambda members: "{" + ",".join(members) + "}")


values: st.SearchStrategy[str] = st.recursive(
    numbers | others | tensors(), lambda held: lists(held) | objects(held) | tensors(held), max_leaves=8
)
documents = objects(values)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A document with one byte too many, too few, or another one."""
    body = bytearray(draw(documents).encode())
    at, width = draw(st.integers(0, len(body) - 1)), draw(st.integers(0, 1))
    body[at : at + width] = draw(st.sampled_from([*(bytes([mark]) for mark in b'[]{},:"\\ 0-e\0'), b"\xff", b""]))
    return bytes(body)


def leaves_of(value: Any) -> list[Any]:
    """What nested lists hold."""
    return [leaf for item in value for leaf in leaves_of(item)] if isinstance(value, list) else [value]
