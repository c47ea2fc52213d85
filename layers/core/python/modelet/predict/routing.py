"""Which version of a split alias answers, and which requests a shadow gets a copy of: alike for requests with the same
routing key, in every process and for ever; by chance without one.

The versions draw lots for each key (rendezvous hashing by weight), so that no key moves between two versions whose
shares stay in proportion: of the keys of 80 : 10 : 10 that becomes 70 : 10 : 20, 11 % move, where 10 % must and where
cutting the line from 0 to 1 into shares would move 20 %. With two versions no more move than must.
https://datatracker.ietf.org/doc/html/draft-mohanty-bess-weighted-hrw-02
"""

import os
from hashlib import blake2b
from math import inf, log

from modelet.errors import InvalidRequest
from modelet.registry.aliases import Target, Targets

KEY_CHARACTERS = 256

_BITS = 52
"""So many that a half can be added to every number without rounding: points are never 0 or 1."""

Place = tuple[str, str]
"""A model and one of its aliases: whoever is among the first to see one model is not among them everywhere."""


def check_key(key: object) -> str:
    """A routing key; raises InvalidRequest, which does not quote it, for it may be a person."""
    if not isinstance(key, str) or not 0 < len(key) <= KEY_CHARACTERS:
        found = f"has {len(key)}" if isinstance(key, str) else "is none"
        raise InvalidRequest(f"A routing key must be text of 1 to {KEY_CHARACTERS} characters, but this {found}.")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The routing key is not valid Unicode.") from None
    return key


def choose(targets: Targets, place: Place, key: str | None) -> Target:
    """The target that answers a request with this key, or with none."""
    if key is None:
        return by_weight(targets, _anywhere())
    return max(targets, key=lambda target: _lot(target, place, key))


def by_weight(targets: Targets, point: float) -> Target:
    """The target whose share of [0, 1) holds `point`."""
    for target in targets:
        point -= target.weight
        if point < 0:
            return target
    return targets[-1]


def is_copied(shadow: Target, place: Place, key: str | None) -> bool:
    """Whether a shadow gets a copy of a request with this key, or with none; a larger share keeps the keys of a smaller
    one.
    """
    if shadow.weight >= 1:
        return True
    return (_anywhere() if key is None else _point(b"shadow", shadow.version, place, key)) < shadow.weight


def _lot(target: Target, place: Place, key: str) -> float:
    return log(_point(b"split", target.version, place, key)) / target.weight if target.weight else -inf


def _point(purpose: bytes, version: int, place: Place, key: str) -> float:
    """Of (0, 1), and by nothing but its arguments. The key comes last, for it may hold anything."""
    name = "\0".join((*place, str(version), key)).encode()
    number = int.from_bytes(blake2b(name, digest_size=8, person=purpose).digest(), "big")
    return ((number >> 64 - _BITS) + 0.5) / float(1 << _BITS)


def _anywhere() -> float:
    # Of the kernel, so that environments which continue from one snapshot do not choose alike.
    return int.from_bytes(os.urandom(4), "little") / 2**32
