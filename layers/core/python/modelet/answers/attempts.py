"""Who works on a request that waits. The bucket tells of it at least once, and Lambda asks again for what failed: a
second telling changes nothing, while a second asking is another attempt.

Lambda keeps the id of an invocation when it asks again:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from contextlib import suppress
from typing import NamedTuple

import orjson

from modelet.answers.keys import attempt_key
from modelet.answers.records import holds, read_answer
from modelet.errors import CorruptObject
from modelet.store.base import AlreadyExists, Changed, Store

ATTEMPTS = 3  # Lambda's: one, and two more


class Attempt(NamedTuple):
    """The how manieth it is, which invocation makes it, and until when it has ended: in seconds since the epoch."""

    number: int
    owner: str
    until: float

    def is_last(self) -> bool:
        """Whether nobody will try again."""
        return self.number >= ATTEMPTS

    def was_in_vain(self, now: float) -> bool:
        """Whether nobody will answer any more."""
        return self.is_last() and now >= self.until


def begin_attempt(store: Store, answer_id: str, owner: str, now: float, until: float) -> Attempt | None:
    """Take on a request, or answer None where somebody else is at it, or it was tried as often as it may be."""
    key, first = attempt_key(answer_id), Attempt(1, owner, until)
    with suppress(AlreadyExists):
        store.put_if_absent(key, orjson.dumps(first._asdict()))
        return first
    found = store.get(key)
    held = _read(found.data, key) if found else first
    if held.is_last() or (held.owner != owner and now < held.until):
        return None
    mine = Attempt(held.number + 1, owner, until)
    try:
        store.put_if_match(key, orjson.dumps(mine._asdict()), found.etag if found else "")
    except Changed:
        return None
    return mine


def read_attempt(store: Store, answer_id: str) -> Attempt | None:
    """The latest attempt, or None before the first."""
    key = attempt_key(answer_id)
    try:
        found = store.get(key)
    except FileNotFoundError:
        return None
    return _read(found.data, key) if found else None


def has_failed(store: Store, answer_id: str, now: float) -> bool:
    """Whether a request was answered with what does not hold, or tried as often as it may be."""
    kept = read_answer(store, answer_id)
    if kept:
        return not holds(kept.response.status)
    attempt = read_attempt(store, answer_id)
    return attempt is not None and attempt.was_in_vain(now)


def _read(data: bytes, key: str) -> Attempt:
    try:
        return Attempt(**orjson.loads(data))
    except (orjson.JSONDecodeError, TypeError):
        raise CorruptObject(f"{key} is not an attempt.") from None
