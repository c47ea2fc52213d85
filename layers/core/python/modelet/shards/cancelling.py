"""Cancelling a job: no further shard begins. The outputs that are there stay."""

from modelet.manifest.fields import encode
from modelet.registry.operations import now
from modelet.shards.keys import cancelled_key
from modelet.shards.writing import write_once
from modelet.store.base import Store


def cancel(store: Store, job_id: str) -> None:
    """Let a job's engine stop, wherever it runs; raises InvalidName or StoreUnavailable."""
    write_once(store, cancelled_key(job_id), encode({"schema": 1, "cancelled": now()}))


def is_cancelled(store: Store, job_id: str) -> bool:
    """Whether a job was cancelled."""
    try:
        store.head(cancelled_key(job_id))
    except FileNotFoundError:
        return False
    return True


def uncancel(store: Store, job_id: str) -> None:
    """Let a cancelled job be run again, from where it stopped."""
    store.delete(cancelled_key(job_id))
