"""Keeping a claim while the work lasts: leases are short, so that the job of a worker that died is soon another's."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from modelet.errors import Conflict, ModeletError
from modelet.jobs.changing import LEASE_SECONDS, renew
from modelet.jobs.record import Job
from modelet.store.base import Store


@contextmanager
def kept(store: Store, held: Job, lease_seconds: float = LEASE_SECONDS) -> Iterator[None]:
    """Renew a claim three times per lease while the context lasts. A claim that was lost shows when the job is
    finished.
    """
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(store, held, lease_seconds, over), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(store: Store, held: Job, lease_seconds: float, over: threading.Event) -> None:
    while not over.wait(lease_seconds / 3):
        try:
            renew(store, held, lease_seconds)
        except Conflict:
            return
        except ModeletError:
            continue  # the store may be back before the lease runs out
