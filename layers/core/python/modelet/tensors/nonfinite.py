"""NaN and Infinity in JSON, which has no such numbers: how a request wants them to be spelled.

| policy | comes in | goes out |
|---|---|---|
| none | refused | null |
| `null` | null is NaN, and "" among texts | null |
| `string` | "NaN", "Infinity", "-Infinity" | "NaN", "Infinity", "-Infinity" |
| `error` | refused | the request fails, and says how many there are of which output |
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from modelet.errors import InvalidRequest, NotFinite

Array = np.ndarray[Any, Any]

NULL: Final = "null"
STRING: Final = "string"
ERROR: Final = "error"
POLICIES = (NULL, STRING, ERROR)

HEADER = "x-modelet-non-finite"

_WORDS: Mapping[object, float] = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
_READ: Mapping[str, Mapping[object, float]] = {NULL: {None: np.nan}, STRING: _WORDS, ERROR: {}}


def check_policy(policy: object) -> str:
    """A policy; raises InvalidRequest listing those that there are."""
    if isinstance(policy, str) and policy in POLICIES:
        return policy
    raise InvalidRequest(f"NaN and Infinity cannot be asked for as {policy!r:.80}; there are {', '.join(POLICIES)}.")


def stand_ins(policy: str, leaves: Sequence[Any]) -> tuple[list[Any], dict[int, float]]:
    """The leaves with 0.0 wherever one stands for a number that is not finite, and by their place those numbers."""
    words = _READ[policy]
    places = {
        place: words[leaf] for place, leaf in enumerate(leaves) if (leaf is None or type(leaf) is str) and leaf in words
    }
    return [0.0 if place in places else leaf for place, leaf in enumerate(leaves)], places


def without_null(leaves: Sequence[Any]) -> list[Any]:
    """The leaves of a text tensor with "" for each null, as training has it for a text that is missing."""
    return ["" if leaf is None else leaf for leaf in leaves]


def hint(kind: type) -> str:
    """What to say, behind a refusal, to who may have meant a number that is not finite; or nothing."""
    if kind is type(None):
        return f'; to have null stand for NaN, send "{HEADER}: {NULL}"'
    if kind is str:
        return f'; to have "NaN", "Infinity" and "-Infinity" stand for numbers, send "{HEADER}: {STRING}"'
    return ""


def check_finite(outputs: Mapping[str, Array]) -> None:
    """Raises NotFinite naming the first output that holds NaN or Infinity, and how many of them."""
    for name, array in outputs.items():
        if array.dtype.kind == "f" and (count := array.size - int(np.count_nonzero(np.isfinite(array)))):
            numbers = "a number that is" if count == 1 else f"{count} numbers that are"
            raise NotFinite(f"Output {name!r} holds {numbers} not finite (NaN or Infinity).")


def spelled(value: object) -> object:
    """The same JSON value, with words in place of the numbers that are not finite."""
    if isinstance(value, dict):
        return {name: spelled(held) for name, held in value.items()}
    if isinstance(value, (list, tuple)):
        return [spelled(held) for held in value]
    if isinstance(value, (np.ndarray, np.floating, float)):
        return _spelled_numbers(np.asarray(value), value)
    return value


def _spelled_numbers(array: Array, value: object) -> object:
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return value
    # Each number keeps the precision that it has, so that it is written as it is without a word beside it.
    spelling = np.empty(array.size, object)
    spelling[:] = list(array.reshape(-1))
    for word, found in (("NaN", np.isnan), ("Infinity", np.isposinf), ("-Infinity", np.isneginf)):
        spelling[found(array).reshape(-1)] = word
    held: object = spelling.reshape(array.shape).tolist()
    return held
