"""JSON bodies whose arrays of numbers become numpy arrays without one Python number in between.

Only what is certain to read as the strict road (`protocols.body`) reads it is read here. Of whatever is odd, `parse`
says nothing: that road knows what to say. docs/decisions/0007 has the reasons and the measurements.
"""

from itertools import chain
from typing import Any

import numpy as np
from simdjson import Array as Elements
from simdjson import Object, Parser

from modelet.tensors.marks import count
from modelet.tensors.nested import EXACT_FLOAT, Array, are_within

MAX_ENVELOPE = 256
"""Values around the tensors that are worth reading one by one; also what bounds the search for a key."""

MAX_ENVELOPE_DEPTH = 16  # with numpy's 64 dimensions on top still below any limit of nesting

MAX_KEPT_BODY = 2 * 1024 * 1024
"""The largest body whose parser is kept for the next one: it may hold on to eight times as much."""

_NUMERIC = (Elements, int, float)
_NESTED = (Elements, Object)
_idle: list[Parser] = []  # taken and given back in one step each, so that no two threads share one


class _Odd(ValueError):
    """Something that the strict road must judge."""


def parse(body: bytes, key: str | None = None) -> dict[str, Any] | None:
    """The JSON object in `body`, or None where the strict road must read it.

    Numbers nested to one shape are an array where they are a tensor: the value of `key` in any object, or without one
    any value of the outermost object, or of an object in it. It is of float64, or of int64 where an integer would have
    been rounded.
    """
    if not body.startswith(b"{"):  # the parser skips a byte order mark, which is no JSON
        return None
    keeps = len(body) <= MAX_KEPT_BODY
    parser = _idle.pop() if _idle and keeps else Parser()
    try:
        return _Reading(key).document(parser.parse(body), body)
    except (ValueError, TypeError, KeyError, RuntimeError):  # all that the parser and numpy raise
        return None
    finally:
        if keeps:
            _idle[:] = [parser]


class _Reading:
    """One pass over one parsed body. It counts the lists that it sees, so that none can hide among numbers."""

    __slots__ = ("_key", "_lists", "_room")

    def __init__(self, key: str | None) -> None:
        self._key = key
        self._lists = 0
        self._room = MAX_ENVELOPE

    def document(self, held: Any, body: bytes) -> dict[str, Any]:
        read = self._members(held, 0)
        if count(body, b"[") != self._lists:
            raise _Odd
        return read

    def _members(self, held: Any, depth: int) -> dict[str, Any]:
        keys = list(held)
        self._enter(len(keys), depth)
        all_tensors = self._key is None and depth <= 1 and not (depth and "reference" in held)
        read = {}
        for key in keys:
            value = held[key]
            kind = type(value)
            if kind is Elements and (all_tensors or key == self._key) and type(next(iter(value), None)) in _NUMERIC:
                read[key] = self._numbers(value)
            else:
                read[key] = self._value(value, depth) if kind in _NESTED else value
        if len(read) != len(keys) or "\0" in "".join(keys):  # the parser looks keys up as C strings
            raise _Odd
        return read

    def _value(self, held: Any, depth: int) -> Any:
        if type(held) is Object:
            return self._members(held, depth + 1)
        if type(held) is not Elements:
            return held
        self._lists += 1
        self._enter(len(held), depth)
        return [self._value(item, depth + 1) for item in held]

    def _enter(self, size: int, depth: int) -> None:
        self._room -= size
        if self._room < 0 or depth > MAX_ENVELOPE_DEPTH:
            raise _Odd

    def _numbers(self, held: Any) -> Array:
        # The buffer will refuse what is no number, and has no shape: all lists of a level must be as long as its first.
        self._lists += 1
        shape, level, first = [len(held)], [held], held[0]
        while type(first) is Elements:
            level = list(chain.from_iterable(level))
            if len(set(map(len, level))) != 1:
                raise _Odd
            self._lists += len(level)
            shape.append(len(first))
            first = first[0] if len(first) else None
        return _exactly(held).reshape(shape)


def _exactly(held: Any) -> Array:
    # As float64 where no integer can have been rounded, else as int64; the parser raises where there are others.
    numbers = np.frombuffer(held.as_buffer(of_type="d"), np.float64)
    if are_within(numbers, EXACT_FLOAT):
        return numbers
    return np.frombuffer(held.as_buffer(of_type="i"), np.int64)
