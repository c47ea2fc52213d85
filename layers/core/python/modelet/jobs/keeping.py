"""Keeping a claim while the work lasts: leases are short, so that the job of a worker that died is soon another's."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from modelet.errors import Conflict, ModeletError
from modelet.jobs.changing import LEASE_SECONDS, renew
from modelet.jobs.record import Job, Json
from modelet.store.base import Store

TELL_SECONDS = 2.0
"""How soon whoever looks at a job sees how far it is."""


class Keeper:
    """Takes what a worker says of its progress, for the record."""

    def __init__(self) -> None:
        self.progress: Json | None = None

    def tell(self, progress: Json) -> None:
        """Say how far the work is; what is said in quick succession is written once."""
        self.progress = progress


@contextmanager
def kept(store: Store, held: Job, lease_seconds: float = LEASE_SECONDS) -> Iterator[Keeper]:
    """Renew a claim three times per lease while the context lasts, and sooner where there is progress to tell. A claim
    that was lost shows when the job is finished.
    """
    over, told = threading.Event(), Keeper()
    keeper = threading.Thread(target=_keep, args=(store, held, lease_seconds, over, told), daemon=True)
    keeper.start()
    try:
        yield told
    finally:
        over.set()
        keeper.join()


def _keep(store: Store, held: Job, lease_seconds: float, over: threading.Event, told: Keeper) -> None:
    written, due = told.progress, time.monotonic() + lease_seconds / 3
    while not over.wait(min(lease_seconds / 3, TELL_SECONDS)):
        progress = told.progress
        if progress is written and time.monotonic() < due:
            continue
        try:
            renew(store, held, lease_seconds, progress)
            written, due = progress, time.monotonic() + lease_seconds / 3
        except Conflict:
            return
        except ModeletError:
            continue  # the store may be back before the lease runs out
