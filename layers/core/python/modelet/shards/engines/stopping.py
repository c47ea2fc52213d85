"""Whether to stop: asked of the caller each time, and of the store, where a job may be cancelled, every few seconds."""

import time

from modelet.shards.cancelling import is_cancelled
from modelet.shards.engines.engine import Stop
from modelet.shards.planning import Plan
from modelet.store.base import Store

LOOK_SECONDS = 2.0


class Stopping:
    """A question that is answered yes for ever once it was."""

    def __init__(self, store: Store, plan: Plan, stop: Stop) -> None:
        self._store = store
        self._plan = plan
        self._stop = stop
        self._next_look = 0.0
        self._stopped = False

    def __call__(self) -> bool:
        """Whether the engine is to stop."""
        self._stopped = self._stopped or self._stop() or self._cancelled()
        return self._stopped

    def _cancelled(self) -> bool:
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_SECONDS
        return is_cancelled(self._store, self._plan.id)
