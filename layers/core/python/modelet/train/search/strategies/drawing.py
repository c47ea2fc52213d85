"""Drawing values of a search space at random, by a seed."""

import math
import random
from typing import Any

import orjson

from modelet.train.search.description import Search
from modelet.train.search.values import Range, Values

Json = dict[str, Any]
VAIN = 50
"""Draws in a row that had been drawn before: then the space has hardly any more."""


def draw(search: Search, seed: int) -> list[Json]:
    """As many different combinations as there are to be trials, or fewer where the space has no more."""
    source, drawn, vain = random.Random(seed), dict[bytes, Json](), 0
    while len(drawn) < search.trials and vain < VAIN:
        parameters = {path: _value(values, source) for path, values in search.space.items()}
        key = orjson.dumps(parameters)
        vain = vain + 1 if key in drawn else 0
        drawn[key] = parameters
    return list(drawn.values())


def rounded(values: Range, number: float) -> float | int:
    """A number of a range as it is tried: whole, or with six digits, which a person can read and write."""
    if values.int:
        return min(max(round(number), int(values.low)), int(values.high))
    return min(max(float(f"{number:.6g}"), values.low), values.high)


def _value(values: Values, source: random.Random) -> Any:
    if not isinstance(values, Range):
        return values[int(source.random() * len(values))]
    widened = 0.5 if values.int else 0.0  # so that the ends are as likely as the others
    low, high = values.low - widened, values.high + widened
    if values.log:
        low, high = math.log(low), math.log(high)
        return rounded(values, math.exp(low + (high - low) * source.random()))
    return rounded(values, low + (high - low) * source.random())
