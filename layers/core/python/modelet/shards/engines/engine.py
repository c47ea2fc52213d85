"""What every engine can do."""

from collections.abc import Callable
from typing import Protocol

from modelet.shards.planning import Plan
from modelet.store.base import Store

TRIES = 3
"""How often a shard is begun by one run of an engine, where trying again may help."""

Watch = Callable[[int, int], None]
"""Called with the number of shards that are done, and with how many there are."""

Stop = Callable[[], bool]
"""Asked several times a second whether no more shards are to be run."""


def unwatched(done: int, count: int) -> None:
    """Tell nobody of the progress."""


def never() -> bool:
    """Go on to the end."""
    return False


class Engine(Protocol):
    """Runs the shards that have no output yet."""

    def run(self, store: Store, plan: Plan, watch: Watch = unwatched, stop: Stop = never) -> None:
        """Come back when each shard has its output or has failed as often as it may, or soon after `stop` says so or
        the job was cancelled. What is missing then and why is in the store. Raises StoreUnavailable.
        """
