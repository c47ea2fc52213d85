"""The alias documents as far as this process knows them: read again with their ETag after a time to live.

A store that fails then leaves the old document in force: a model that answered a moment ago still answers.
"""

import math
import time
from collections.abc import Callable

from modelet.errors import StoreUnavailable
from modelet.registry.aliases import Aliases, Target, first_alias
from modelet.registry.keys import aliases_key
from modelet.registry.reading import AliasState
from modelet.store.ahead import Ahead
from modelet.store.base import Store


class AliasTracker:
    """Aliases by model, at most `ttl` seconds old. `first` reads what version 1 is, for models without a document; its
    second argument says that what was read before will not do.
    """

    def __init__(self, store: Store, ttl: float, first: Callable[[str, bool], Target]) -> None:
        self._store = store
        self._ttl = ttl
        self._first = first
        self._states: dict[str, tuple[float, AliasState]] = {}

    def read(self, model: str) -> Aliases:
        """What the aliases of a model lead to.

        Raises ModelNotFound, CorruptObject, UnknownSchema, StoreUnavailable; DeadlineExceeded where this invocation
        cannot wait for them.
        """
        read_at, state = self._states.get(model, (0.0, None))
        if state is not None and time.monotonic() < read_at + self._ttl:
            return state.aliases
        # In a thread of its own: an answer must not wait for the store longer than its gateway waits for the answer.
        return Ahead(lambda: self._renew(model, state)).result().aliases

    def renew(self, store: Store) -> None:
        """Look again before the next answer, and in this store: time has passed that no clock has counted."""
        self._store = store
        self._states = {model: (-math.inf, state) for model, (_, state) in self._states.items()}

    def known(self, model: str) -> Aliases:
        """What was read last, without looking again; nothing for a model that nobody asked for."""
        _, state = self._states.get(model, (0.0, None))
        return state.aliases if state else Aliases()

    def _renew(self, model: str, known: AliasState | None) -> AliasState:
        try:
            fresh = self._refresh(model, known)
        except StoreUnavailable:
            if known is None:
                raise
            fresh = known
        self._states[model] = (time.monotonic(), fresh)
        return fresh

    def _refresh(self, model: str, known: AliasState | None) -> AliasState:
        # Most models have no document until their second version: version 1 is read beside it, not after it.
        first = Ahead(lambda: self._first(model, False)) if known is None else None
        key = aliases_key(model)
        try:
            found = self._store.get(key, known.etag if known else None)
        except FileNotFoundError:
            return AliasState(first_alias(first.result() if first else self._first(model, True)), None)
        if found is None:
            assert known is not None  # only a get with an ETag answers None
            return known
        return AliasState(Aliases.parse(found.data, key), found.etag)
