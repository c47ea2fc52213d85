"""Tensors that a request refers to: which objects it may name at all, and reading them beside each other.

What a reference can reach is a key that was handed out for one upload, or an object below a prefix that the deployment
allows, and never anything else in the store: docs/decisions/0012-claim-check.md
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from modelet.config import Settings
from modelet.errors import InvalidInput, InvalidRequest, InvalidSetting, PayloadTooLarge, ReferenceNotFound
from modelet.manifest import TensorSpec
from modelet.messages import InferRequest, TensorReference
from modelet.phases import enter
from modelet.session import Array, Session
from modelet.store import open_store
from modelet.store.ahead import Ahead
from modelet.store.base import CHUNK_BYTES, Entry, Store
from modelet.store.tensors import is_key
from modelet.tensors.datatypes import WIDENED
from modelet.tensors.stored import read_stored

MOST_AT_ONCE = 8
"""Connections for one request."""

# Characters that mean the same in a URL, in a key and in a log, and no segment that begins with a dot:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_SEGMENT = r"[A-Za-z0-9!_*'()=+@:,-][A-Za-z0-9!_.*'()=+@:,-]*"
_KEY = re.compile(f"{_SEGMENT}(?:/{_SEGMENT})*", re.ASCII)
_PREFIX = re.compile(f"s3://[A-Za-z0-9._-]+/(?:{_SEGMENT}/)*", re.ASCII)


class _Object(NamedTuple):
    url: str
    store: Store
    key: str
    content: Array


class References:
    """What requests may refer to: uploads in the deployment's own store, and what lies below its prefixes."""

    def __init__(self, store: Store, settings: Settings) -> None:
        """Check the prefixes; raises InvalidSetting. Nothing is contacted yet."""
        self._store = store
        self._limit = settings.max_tensor_bytes
        self._prefixes = tuple(map(_checked, settings.tensor_prefixes))
        self._opened: dict[str, Store] = {}

    def resolve(self, session: Session, request: InferRequest) -> InferRequest:
        """The same request with arrays for its references.

        Raises InvalidInput naming the input whose reference is not allowed or whose file does not fit the signature,
        ReferenceNotFound, PayloadTooLarge before anything is read, StoreUnavailable, DeadlineExceeded.
        """
        if request.inputs.keys() != session.inputs.keys():
            return request  # to be refused before anything is looked for
        held = {name: value for name, value in request.inputs.items() if isinstance(value, TensorReference)}
        places = {reference.url: self._place(name, reference.url) for name, reference in held.items()}
        enter("fetch")
        objects = self._read(places)
        enter("decode")
        arrays = {name: _array(name, held[name], objects[held[name].url], session.inputs[name]) for name in held}
        return request._replace(inputs={**request.inputs, **arrays})

    def _place(self, name: str, url: str) -> tuple[Store, str]:
        if is_key(url):
            return self._store, url
        for prefix in self._prefixes:
            if url.startswith(prefix) and _KEY.fullmatch(url, len(prefix)) and not self._is_own(url):
                return self._below(prefix), url[len(prefix) :]
        allowed = " or ".join(["a reference that POST /uploads/tensors answered", *self._prefixes])
        raise InvalidInput(f"Input {name!r:.200} refers to {url!r:.200}, which is not allowed: use {allowed}.")

    def _is_own(self, url: str) -> bool:
        # Whatever the prefixes say: models, jobs and other callers' answers are none of a caller's business.
        return url.startswith(f"{self._store.url}/")

    def _below(self, prefix: str) -> Store:
        if prefix not in self._opened:
            self._opened[prefix] = open_store(prefix)
        return self._opened[prefix]

    def _read(self, places: Mapping[str, tuple[Store, str]]) -> dict[str, Array]:
        looks = {url: Ahead(partial(store.head, key)) for url, (store, key) in places.items()}
        sizes = {url: _found(url, look) for url, look in looks.items()}
        total = sum(sizes.values())
        if total > self._limit:
            raise PayloadTooLarge(
                f"The tensors that the request refers to have {total} bytes; the limit is {self._limit}: send fewer "
                "rows, or raise MODELET_MAX_TENSOR_BYTES."
            )
        objects = [_Object(url, *place, np.empty(sizes[url], np.uint8)) for url, place in places.items()]
        _fill(objects)
        return {held.url: held.content for held in objects}


def _found(url: str, look: Ahead[Entry]) -> int:
    try:
        return look.result().size
    except FileNotFoundError:
        raise _nothing_at(url) from None


def _nothing_at(url: str) -> ReferenceNotFound:
    return ReferenceNotFound(f"There is nothing at {url!r:.200}: it was not uploaded, or it has expired.")


def _fill(objects: list[_Object]) -> None:
    """Read the objects whole, in ranges that several threads take from one pile; the first failure clears it."""
    pile = [(held, start) for held in objects for start in range(0, len(held.content), CHUNK_BYTES)]
    threads = [Ahead(partial(_work, pile)) for _ in range(min(MOST_AT_ONCE, len(pile)))]
    try:
        for thread in threads:
            thread.result()
    finally:
        pile.clear()


def _work(pile: list[tuple[_Object, int]]) -> None:
    enter("fetch")
    while pile:
        try:
            held, start = pile.pop()
        except IndexError:
            return  # another thread was quicker
        _take(held, start)


def _take(held: _Object, start: int) -> None:
    at, end = start, min(start + CHUNK_BYTES, len(held.content))
    try:
        for piece in held.store.stream_range(held.key, start, end - start):
            held.content[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
            at += len(piece)
    except FileNotFoundError:
        raise _nothing_at(held.url) from None
    if at != end:  # what was not written is whatever lay in this memory before
        raise InvalidRequest(f"The object at {held.url!r:.200} was replaced while it was read: send the request again.")


def _array(name: str, reference: TensorReference, content: Array, spec: TensorSpec) -> Array:
    declared = reference.datatype or spec.datatype
    if WIDENED.get(declared, declared) != spec.datatype:
        raise InvalidInput(f"Input {name!r} must have datatype {spec.datatype}, but the request declares {declared}.")
    array = read_stored(name, content, declared, spec.shape if reference.shape is None else reference.shape)
    if not len(content) and 0 not in (reference.shape or ()):
        raise InvalidInput(
            f"Input {name!r} refers to {reference.url!r:.200}, which is empty: upload the tensor, or declare a shape "
            "without rows."
        )
    if reference.shape not in (None, array.shape):
        raise InvalidInput(
            f"Input {name!r} declares shape {list(reference.shape or ())}, but the .npy file has {list(array.shape)}."
        )
    return array


def _checked(prefix: str) -> str:
    closed = prefix.rstrip("/") + "/"
    if not _PREFIX.fullmatch(closed):
        raise InvalidSetting(f"MODELET_TENSOR_PREFIXES must list s3://bucket/prefix/, but has {prefix!r}.")
    return closed
