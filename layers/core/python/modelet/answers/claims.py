"""Who answers the requests that carry one idempotency key: the first, until it has answered, failed or died.

A claim names the answer, `answers/{id}/answer`, so that neither an answer of a window that has passed nor one of
somebody who was too late is ever taken for this one's. Nothing is deleted: a claim is given back by saying so.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import orjson

from modelet.answers.attempts import has_failed
from modelet.answers.keys import new_id
from modelet.answers.records import Kept, read_answer
from modelet.errors import CorruptObject, InProgress, KeyReused, StoreUnavailable
from modelet.store.base import AlreadyExists, Changed, Store

TRIES = 4


class Claim(NamedTuple):
    """What `fingerprint` asks is being answered by `owner`, until so late at most, under `id`. Times are in seconds
    since the epoch. A claim for `later` is anybody's: all there is to do is to leave the request.
    """

    fingerprint: str
    began: float
    until: float
    later: bool
    id: str
    owner: str
    released: bool = False


class Taken(NamedTuple):
    """A claim with the answer that there is, or with the ETag by which it can be given back. `repeated` says that it
    was somebody's before.
    """

    claim: Claim
    etag: str
    repeated: bool
    answer: Kept | None = None


def new_claim(fingerprint: str, now: float, until: float, later: bool) -> Claim:
    """A claim that nobody else can have made."""
    return Claim(fingerprint, now, until, later, new_id(), new_id())


def take(store: Store, key: str, wanted: Claim, window: float) -> Taken:
    """Claim a key for what is wanted, or find its answer; what was claimed more than `window` seconds ago is forgotten.

    Raises KeyReused where the key stands for something else, InProgress while somebody else answers, and
    StoreUnavailable.
    """
    for _ in range(TRIES):
        with suppress(AlreadyExists):
            return _written(store, key, wanted, partial(store.put_if_absent, key, _write(wanted)))
        try:
            found = store.get(key)
        except FileNotFoundError:
            continue  # it expired just now
        assert found is not None  # nothing was said of an ETag
        held = _read(found.data, key)
        settled = _settled(store, Taken(held, found.etag, repeated=held.owner != wanted.owner), wanted, window)
        if isinstance(settled, Taken):
            return settled
        with suppress(Changed, FileNotFoundError):
            return _written(store, key, settled, partial(store.put_if_match, key, _write(settled), found.etag))
    raise _in_progress()


def release(store: Store, key: str, taken: Taken) -> None:
    """Give a claim back, if it still is ours: whoever repeats the request, or sends another one, may have it."""
    with suppress(Changed, FileNotFoundError):
        store.put_if_match(key, _write(taken.claim._replace(released=True)), taken.etag)


def _written(store: Store, key: str, claim: Claim, write: Callable[[], str]) -> Taken:
    """What a write claims, also where it took effect and only the answer was lost; raises what it raises else."""
    try:
        return Taken(claim, write(), repeated=False)
    except StoreUnavailable:
        with suppress(FileNotFoundError):
            found = store.get(key)
            if found and _read(found.data, key).owner == claim.owner:
                return Taken(claim, found.etag, repeated=False)
        raise


def _settled(store: Store, found: Taken, wanted: Claim, window: float) -> Taken | Claim:
    """What was found, with its answer if there is one; or the claim that is to replace it."""
    held, now = found.claim, wanted.began
    if not found.repeated:
        return found  # our own write, which took effect and was told not to have
    if held.released or now >= held.began + window or (held.later and has_failed(store, held.id, now)):
        return wanted
    if held.fingerprint != wanted.fingerprint:
        raise KeyReused("This idempotency key came with another request before: choose a key of its own for each.")
    if held.later:
        return found
    answer = read_answer(store, held.id)
    if answer:
        return found._replace(answer=answer)
    if now < held.until:
        raise _in_progress()
    return wanted._replace(id=held.id, began=held.began)  # if the dead one was only late, both answer the same


def _in_progress() -> InProgress:
    return InProgress("The same request, by its idempotency key, is being answered: send it again in a moment.")


def _write(claim: Claim) -> bytes:
    return orjson.dumps(claim._asdict())


def _read(data: bytes, key: str) -> Claim:
    try:
        return Claim(**orjson.loads(data))
    except (orjson.JSONDecodeError, TypeError):
        raise CorruptObject(f"{key} is not a claim.") from None
